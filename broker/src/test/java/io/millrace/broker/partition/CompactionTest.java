package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.compaction.LogCleaner;
import io.millrace.protocol.compress.CompressionType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactionTest {
    private static final long DAY = Duration.ofDays(1).toMillis();

    @TempDir Path root;
    private final ManualClock clock = new ManualClock(Batches.NOW);

    private TestBroker open(Path directory) {
        return new TestBroker(new DyingLogDir(directory, 0), clock);
    }

    private static LogConfig compact(String... more) {
        List<String> pairs =
                new ArrayList<>(
                        List.of(
                                "cleanup.policy", "compact",
                                "segment.bytes", "1024",
                                "min.cleanable.dirty.ratio", "0.01"));
        pairs.addAll(List.of(more));
        return config(pairs.toArray(new String[0]));
    }

    /** Begins a new segment, so that everything before can be compacted. */
    private static void roll(TestBroker broker, Partition orders) {
        broker.append(orders, Batches.keyed("filler=" + "x".repeat(900)));
        broker.append(orders, Batches.keyed("filler=" + "y".repeat(900)));
    }

    private static List<String> recordsWithoutFiller(LogContent content) {
        return content.records().stream().filter(r -> !r.contains("filler")).toList();
    }

    @Test
    void theLastValueOfEveryKeyStaysAtItsOffset() {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact());
        broker.append(orders, Batches.keyed("a=1", "b=1", "a=2"));
        broker.append(orders, Batches.keyed("c=1", "b=2"));
        broker.append(orders, Batches.keyed("a=3"));
        roll(broker, orders);
        broker.cleaner();

        LogContent content = LogContent.of(broker, orders);
        assertThat(recordsWithoutFiller(content)).containsExactly("3:c=1", "4:b=2", "5:a=3");
        assertThat(content.batches().get(0).baseOffset()).isEqualTo(3);
        assertThat(broker.readAll(orders, 0)).hasSize(5);
    }

    @Test
    void severalRoundsOverManySegmentsLeaveOneRecordPerKeyAndFewSegments() {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact());
        LogCleaner cleaner = broker.cleaner("log.cleaner.backoff.ms", "10");
        for (int i = 0; i < 400; i++) {
            broker.append(
                    orders, Batches.keyed("key-" + i % 7 + "=" + i, "key-" + i % 11 + "=" + i));
            broker.loop.advance(Duration.ofMillis(10));
        }
        roll(broker, orders);
        broker.loop.advance(Duration.ofMillis(20));

        LogContent content = LogContent.of(broker, orders);
        assertThat(recordsWithoutFiller(content)).hasSize(11);
        assertThat(content.table()).containsEntry("key-0", "399").hasSize(12);
        assertThat(orders.snapshot().orElseThrow().segments()).hasSizeLessThan(4);
        assertThat(cleaner.figures().rounds()).isGreaterThan(5);
        assertThat(cleaner.figures().quarantined()).isZero();
    }

    @Test
    void aTombstoneHidesOlderValuesAtOnceAndGoesAfterItsTime() {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact());
        broker.append(orders, Batches.keyed("a=1", "b=1"));
        broker.append(orders, Batches.keyed("c=1", "a="));
        roll(broker, orders);
        broker.cleaner();
        LogContent first = LogContent.of(broker, orders);
        assertThat(recordsWithoutFiller(first)).containsExactly("1:b=1", "2:c=1", "3:a=");
        LogContent.Batch marked = first.batches().get(1);
        assertThat(marked.horizonMs()).isEqualTo(Batches.NOW + DAY);
        assertThat(marked.entries())
                .extracting(LogContent.Entry::timestampMs)
                .containsOnly(Batches.NOW);
        assertThat(marked.maxTimestamp()).isEqualTo(Batches.NOW);

        clock.advance(Duration.ofMillis(DAY - 1));
        roll(broker, orders);
        broker.cleaner();
        LogContent second = LogContent.of(broker, orders);
        assertThat(recordsWithoutFiller(second)).containsExactly("1:b=1", "2:c=1", "3:a=");
        assertThat(second.batches().get(1).horizonMs()).isEqualTo(Batches.NOW + DAY);

        clock.advance(Duration.ofMillis(1));
        roll(broker, orders);
        broker.cleaner();
        assertThat(recordsWithoutFiller(LogContent.of(broker, orders)))
                .containsExactly("1:b=1", "2:c=1");
    }

    @Test
    @Tag("wire-30")
    void theLastBatchOfARoundStaysEvenIfItIsEmpty() {
        TestBroker broker = open(root);
        Partition orders = broker.orders(config("segment.bytes", "1024"));
        broker.append(orders, Batches.keyed("a=1", "a=2"));
        broker.append(orders, Keyless.batch("x", "x"));
        broker.append(orders, Keyless.batch("y", "y", "y"));
        broker.append(orders, Batches.keyed("b=" + "x".repeat(900)));
        broker.table.updateConfig("orders", compact());
        broker.cleaner();

        LogContent content = LogContent.of(broker, orders);
        assertThat(content.batches())
                .extracting(LogContent.Batch::baseOffset)
                .containsExactly(0L, 4L, 7L);
        LogContent.Batch last = content.batches().get(1);
        assertThat(last.entries()).isEmpty();
        assertThat(last.lastOffset()).isEqualTo(6);
        assertThat(last.maxTimestamp()).isEqualTo(Batches.NOW);
    }

    @Test
    @Tag("wire-30")
    void theLastBatchOfAProducerStaysWithItsSequencesSoThatARetryIsStillKnown() {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact());
        broker.append(orders, Batches.idempotent(7, 0, 0, "old", 2));
        broker.append(orders, Batches.idempotent(7, 0, 2, "new", 2));
        broker.append(orders, Batches.keyed("key-0=x", "key-1=x"));
        roll(broker, orders);
        broker.cleaner();

        LogContent content = LogContent.of(broker, orders);
        assertThat(recordsWithoutFiller(content)).containsExactly("4:key-0=x", "5:key-1=x");
        LogContent.Batch kept = content.batches().get(0);
        assertThat(kept.entries()).isEmpty();
        assertThat(kept.producerId()).isEqualTo(7);
        assertThat(kept.baseSequence()).isEqualTo(2);
        assertThat(kept.baseOffset()).isEqualTo(2);
        assertThat(kept.lastOffset()).isEqualTo(3);

        broker.shutDown();
        removeSnapshots();
        TestBroker again = open(root);
        Partition reopened = again.orders(compact());
        assertThat(again.append(reopened, Batches.idempotent(7, 0, 2, "new", 2)))
                .isInstanceOfSatisfying(
                        AppendResult.Appended.class,
                        appended -> assertThat(appended.baseOffset()).isEqualTo(2));
    }

    private void removeSnapshots() {
        try (var files = Files.list(root.resolve("orders-0"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (file.toString().endsWith(".snapshot")) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aMapThatIsTooSmallForAllKeysTakesMoreRoundsAndLosesNothing() {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact("segment.bytes", "4000"));
        Map<String, String> expected = new java.util.LinkedHashMap<>();
        for (int i = 0; i < 600; i++) {
            String key = "key-" + i * 31 % 97;
            expected.put(key, "v" + i);
            broker.append(orders, Batches.keyed(key + "=v" + i));
        }
        LogCleaner cleaner = broker.cleaner("log.cleaner.dedupe.buffer.size", "500");
        assertThat(cleaner.figures().rounds()).isGreaterThan(10);
        assertThat(LogContent.of(broker, orders).table())
                .containsExactlyInAnyOrderEntriesOf(expected);
    }

    @Test
    void youngRecordsWaitForTheirMinimumLag() {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact("min.compaction.lag.ms", "60000"));
        broker.append(orders, Batches.keyed("a=1", "a=2"));
        roll(broker, orders);
        LogCleaner cleaner = broker.cleaner();
        assertThat(cleaner.figures().rounds()).isZero();
        broker.loop.advance(Duration.ofMillis(60_000 + 15_000));
        assertThat(cleaner.figures().rounds()).isEqualTo(1);
        assertThat(recordsWithoutFiller(LogContent.of(broker, orders))).containsExactly("1:a=2");
    }

    @Test
    void theMaximumLagOverrulesTheDirtyRatio() {
        TestBroker broker = open(root);
        Partition orders =
                broker.orders(
                        compact(
                                "min.cleanable.dirty.ratio", "1",
                                "max.compaction.lag.ms", "60000"));
        broker.append(orders, Batches.keyed("a=1", "a=2"));
        roll(broker, orders);
        LogCleaner cleaner = broker.cleaner();
        assertThat(cleaner.figures().rounds()).isZero();
        broker.loop.advance(Duration.ofMillis(60_000 + 15_000));
        assertThat(cleaner.figures().rounds()).isEqualTo(1);
    }

    @Test
    void aChangedRatioHoldsAtTheNextLook() {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact("min.cleanable.dirty.ratio", "1"));
        broker.append(orders, Batches.keyed("a=1", "a=2"));
        roll(broker, orders);
        LogCleaner cleaner = broker.cleaner();
        assertThat(cleaner.figures().rounds()).isZero();
        broker.table.updateConfig("orders", compact("min.cleanable.dirty.ratio", "0.3"));
        broker.loop.advance(Duration.ofSeconds(15));
        assertThat(cleaner.figures().rounds()).isEqualTo(1);
    }

    @Test
    void theSegmentBeingWrittenIsLeftAlone() {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact());
        broker.append(orders, Batches.keyed("a=1", "a=2", "a=3"));
        assertThat(broker.cleaner().figures().rounds()).isZero();
        assertThat(LogContent.of(broker, orders).records()).hasSize(3);
    }

    @Test
    void aReaderOfTheOldSegmentsFinishesUndisturbed() {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact("file.delete.delay.ms", "60000"));
        for (int i = 0; i < 30; i++) {
            broker.append(orders, Batches.keyed("a=" + i, "b=" + i + "x".repeat(50)));
        }
        roll(broker, orders);
        ReadResult.Data before =
                (ReadResult.Data) orders.read(6, 600, true, Isolation.READ_UNCOMMITTED);
        FileRecords old = (FileRecords) before.records();
        // Nothing of the old files is open when another file takes their names.
        broker.await(orders.checkpoint());
        broker.await(orders.checkpoint());
        broker.cleaner();
        broker.await(orders.checkpoint());

        List<LogContent.Batch> batches = new ArrayList<>();
        LogContent.decode(old, 6, batches);
        assertThat(batches.get(0).entries().get(0)).hasToString("6:a=3");
        broker.loop.advance(Duration.ofMillis(60_000));
        assertThat(root.resolve("orders-0").toFile().list())
                .noneMatch(name -> name.endsWith(".deleted"));
    }

    @Test
    void batchesKeepTheirCodecUnlessTheTopicHasOne() {
        for (CompressionType codec : CompressionType.values()) {
            TestBroker broker = open(root.resolve("own-" + codec));
            Partition orders = broker.orders(compact());
            broker.append(
                    orders, Batches.keyed(codec, Batches.NOW, b -> b, "a=1", "b=1", "a=2", "c=3"));
            broker.append(orders, Batches.keyed("b=2"));
            roll(broker, orders);
            broker.cleaner();
            LogContent.Batch first = LogContent.of(broker, orders).batches().get(0);
            assertThat(first.entries()).hasToString("[2:a=2, 3:c=3]");
            assertThat(first.codec()).isEqualTo(codec.id());
        }
    }

    @Test
    void aDamagedSegmentStopsTheCompactionOfItsLogOnly() throws Exception {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact());
        broker.append(orders, Batches.keyed("a=1", "a=2"));
        roll(broker, orders);
        Partition healthy =
                broker.table.createOrLoad(
                        new TopicPartition("healthy", 0),
                        new UUID(17, 5),
                        compact(),
                        TestBroker.alone(0));
        broker.append(healthy, Batches.keyed("a=1", "a=2"));
        roll(broker, healthy);
        try (RandomAccessFile file =
                new RandomAccessFile(
                        root.resolve("orders-0/00000000000000000000.log").toFile(), "rw")) {
            file.seek(70);
            file.write(0x55);
        }
        LogCleaner cleaner = broker.cleaner();
        assertThat(cleaner.figures().quarantined()).isEqualTo(1);
        assertThat(cleaner.figures().rounds()).isEqualTo(1);
        assertThat(recordsWithoutFiller(LogContent.of(broker, healthy))).containsExactly("1:a=2");
        assertThat(root.resolve("orders-0").toFile().list())
                .noneMatch(name -> name.endsWith(".cleaned") || name.endsWith(".swap"));
    }

    @Test
    void whatWasCompactedIsRememberedOverARestart() throws Exception {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact());
        broker.append(orders, Batches.keyed("a=1", "a=2"));
        roll(broker, orders);
        broker.cleaner();
        broker.shutDown();
        long end = orders.snapshot().orElseThrow().logEndOffset();
        assertThat(Files.readString(root.resolve("cleaner-offset-checkpoint")))
                .isEqualTo("0\n1\norders 0 " + (end - 1) + "\n");
        TestBroker again = open(root);
        again.orders(compact());
        assertThat(again.cleaner().figures().rounds()).isZero();
    }

    @Test
    void retentionRemovesOldSegmentsOfACompactedTopicToo() {
        TestBroker broker = open(root);
        Partition orders =
                broker.orders(compact("cleanup.policy", "compact,delete", "retention.ms", "1000"));
        broker.append(orders, Batches.keyed("a=1", "b=1"));
        roll(broker, orders);
        broker.cleaner();
        clock.advance(Duration.ofMillis(1001));
        broker.await(orders.applyRetention(1));
        assertThat(LogContent.of(broker, orders).records()).isEmpty();
    }

    @Test
    void theBudgetOfBytesPerSecondStretchesARound() {
        TestBroker broker = open(root);
        Partition orders = broker.orders(compact("segment.bytes", "200000"));
        for (int i = 0; i < 300; i++) {
            broker.append(orders, Batches.keyed("a=" + "x".repeat(1000)));
        }
        LogCleaner cleaner =
                broker.cleaner(
                        "log.cleaner.io.max.bytes.per.second", "100000",
                        "log.cleaner.io.buffer.size", "65536");
        assertThat(cleaner.figures().rounds()).isZero();
        broker.loop.advance(Duration.ofSeconds(2));
        assertThat(cleaner.figures().rounds()).isZero();
        broker.loop.advance(Duration.ofSeconds(4));
        assertThat(cleaner.figures().rounds()).isEqualTo(1);
    }
}
