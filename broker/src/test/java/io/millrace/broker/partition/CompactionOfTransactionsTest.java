package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.protocol.compress.CompressionType;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Markers and aborted records in compacted logs. */
class CompactionOfTransactionsTest {
    private static final LogConfig COMPACT =
            config(
                    "cleanup.policy", "compact",
                    "segment.bytes", "1024",
                    "delete.retention.ms", "1000",
                    "min.cleanable.dirty.ratio", "0.01");

    @TempDir Path root;
    private final ManualClock clock = new ManualClock(Batches.NOW);
    private final Map<Long, Integer> sequences = new HashMap<>();
    private TestBroker broker;
    private Partition orders;

    @BeforeEach
    void open() {
        broker = new TestBroker(new DyingLogDir(root, 0), clock);
        orders = broker.orders(COMPACT);
    }

    private void write(long producer, String... pairs) {
        int sequence = sequences.merge(producer, pairs.length, Integer::sum) - pairs.length;
        ByteBuf batch =
                Batches.keyed(
                        CompressionType.NONE,
                        clock.wallMs(),
                        b -> b.producer(producer, (short) 0, sequence).transactional(),
                        pairs);
        // As one that the transaction coordinator has already agreed to.
        assertThat(broker.await(orders.append(batch, (short) -1, AppendOrigin.COORDINATOR)))
                .isInstanceOf(AppendResult.Appended.class);
        batch.release();
    }

    private void end(long producer, boolean commit) {
        assertThat(
                        broker.await(
                                orders.endTransaction(
                                        new TransactionMarker(
                                                producer, (short) 0, 1, commit, (short) 1))))
                .isInstanceOf(AppendResult.Appended.class);
    }

    private void roll() {
        broker.append(orders, Batches.keyed("filler=" + "x".repeat(900)));
        broker.append(orders, Batches.keyed("filler=" + "y".repeat(900)));
    }

    private LogContent compacted() {
        roll();
        broker.cleaner();
        return LogContent.of(broker, orders);
    }

    private LogContent compactedAfter(long ms) {
        clock.advance(Duration.ofMillis(ms));
        return compacted();
    }

    private static List<Long> markers(LogContent content) {
        return content.batches().stream()
                .filter(LogContent.Batch::control)
                .filter(batch -> !batch.entries().isEmpty())
                .map(LogContent.Batch::baseOffset)
                .toList();
    }

    @Test
    @Tag("wire-30")
    void abortedRecordsGoAtOnceAndTheirMarkerOnceNothingOfThemIsLeft() {
        write(7, "a=1");
        end(7, true);
        write(7, "a=2", "b=2");
        end(7, false);
        write(7, "c=3");
        end(7, true);
        LogContent first = compacted();
        assertThat(first.records()).startsWith("0:a=1").noneMatch(r -> r.contains("=2"));
        assertThat(first.records()).contains("5:c=3");
        // The abort marker has seen records of its transaction in this round, so it stays.
        assertThat(markers(first)).containsExactly(1L, 4L, 6L);
        assertThat(abortedFor(0)).hasSize(1);

        LogContent second = compactedAfter(1);
        assertThat(markers(second)).containsExactly(1L, 4L, 6L);
        assertThat(horizonOf(second, 4)).isEqualTo(clock.wallMs() + 1000);

        LogContent third = compactedAfter(1000);
        assertThat(markers(third)).containsExactly(1L, 6L);
        assertThat(abortedFor(0)).isEmpty();
        assertThat(third.records()).contains("0:a=1", "5:c=3");
    }

    @Test
    @Tag("wire-30")
    void noSurvivorIsTransactionalWithoutItsMarker() {
        write(7, "a=1");
        end(7, true);
        write(8, "a=2", "b=1");
        end(8, false);
        write(8, "b=2");
        end(8, true);
        for (int round = 0; round < 8; round++) {
            LogContent content = compactedAfter(600);
            Map<Long, Long> open = new HashMap<>();
            for (LogContent.Batch batch : content.batches()) {
                if (batch.control()) {
                    open.remove(batch.producerId());
                } else if (batch.transactional()) {
                    open.put(batch.producerId(), batch.baseOffset());
                }
            }
            assertThat(open).as("transactions without an end, round %d", round).isEmpty();
        }
    }

    @Test
    void aCommitMarkerGoesWhenItsLastRecordHasGone() {
        write(7, "a=1");
        end(7, true);
        broker.append(orders, Batches.keyed("a=2"));
        broker.append(orders, Batches.keyed("b=1"));
        assertThat(markers(compacted())).containsExactly(1L);
        // What the producer wrote last stays, empty, as long as the producer is remembered.
        assertThat(markers(compactedAfter(1))).containsExactly(1L);
        broker.await(orders.applyRetention(0));
        clock.advance(Duration.ofMillis(2));
        broker.await(orders.applyRetention(1));
        compactedAfter(1);
        LogContent marked = compactedAfter(1);
        assertThat(horizonOf(marked, 1)).isPositive();
        assertThat(markers(compactedAfter(1000))).isEmpty();
    }

    @Test
    void anOpenTransactionHoldsCompactionBack() {
        broker.append(orders, Batches.keyed("a=1", "a=2"));
        write(7, "b=1");
        roll();
        assertThat(broker.cleaner().figures().rounds()).isZero();
        end(7, true);
        assertThat(compacted().records()).contains("1:a=2").doesNotContain("0:a=1");
    }

    /** Found under load: the builder of the map begins behind the marker of an old abort. */
    @Test
    void anAbortInTheCleanPartDoesNotHideWhatItsProducerCommitsLater() {
        broker.append(orders, Batches.keyed("a=1"));
        write(7, "x=1");
        end(7, false);
        compacted();
        write(7, "a=");
        end(7, true);
        assertThat(compacted().records()).noneMatch(r -> r.endsWith("a=1"));
        compactedAfter(1001);
        assertThat(compactedAfter(1001).table()).doesNotContainKey("a");
    }

    @Test
    void randomTransactionsLeaveTheTableThatReadersOfCommittedRecordsSee() {
        for (long seed = 1; seed <= 6; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            broker = new TestBroker(new DyingLogDir(root.resolve("seed-" + seed), 0), clock);
            orders = broker.orders(COMPACT);
            sequences.clear();
            Map<String, String> expected = new TreeMap<>();
            Map<Long, Map<String, String>> open = new HashMap<>();
            for (int step = 0; step < 400; step++) {
                long producer = random.nextInt(3);
                if (producer == 0) {
                    change(expected, random, -1, step);
                } else if (open.containsKey(producer) && random.nextInt(3) == 0) {
                    boolean commit = random.nextBoolean();
                    end(producer, commit);
                    apply(open.remove(producer), commit, expected);
                } else {
                    change(
                            open.computeIfAbsent(producer, id -> new TreeMap<>()),
                            random,
                            producer,
                            step);
                }
                if (random.nextInt(20) == 0) {
                    clock.advance(Duration.ofMillis(random.nextInt(900)));
                    broker.cleaner(
                            "log.cleaner.dedupe.buffer.size",
                            Integer.toString(100 + random.nextInt(2000)));
                }
            }
            open.forEach(
                    (producer, changes) -> {
                        end(producer, true);
                        apply(changes, true, expected);
                    });
            assertThat(committedTable()).as("seed %d", seed).isEqualTo(expected);
            for (int round = 0; round < 4; round++) {
                compactedAfter(1001);
                assertThat(committedTable()).as("seed %d", seed).isEqualTo(expected);
            }
        }
    }

    private static void apply(
            Map<String, String> changes, boolean commit, Map<String, String> expected) {
        changes.forEach(
                (key, value) -> {
                    if (commit && value.isEmpty()) {
                        expected.remove(key);
                    } else if (commit) {
                        expected.put(key, value);
                    }
                });
    }

    /** Writes one record; keys of different producers do not meet. */
    private void change(
            Map<String, String> changes, SplittableRandom random, long producer, int step) {
        String key = "key" + producer + "-" + random.nextInt(8);
        String value = random.nextInt(4) == 0 ? "" : "v" + step + "x".repeat(random.nextInt(60));
        if (producer >= 0) {
            write(producer, key + "=" + value);
            changes.put(key, value);
            return;
        }
        broker.append(orders, Batches.keyed(key + "=" + value));
        if (value.isEmpty()) {
            changes.remove(key);
        } else {
            changes.put(key, value);
        }
    }

    /** As a client reads it: with the list of aborted transactions that comes with the records. */
    private Map<String, String> committedTable() {
        Map<String, String> table = new TreeMap<>();
        long offset = 0;
        while (true) {
            ReadResult result = orders.read(offset, 500, true, Isolation.READ_COMMITTED);
            ReadResult.Data data = (ReadResult.Data) result;
            if (!(data.records() instanceof FileRecords records)) {
                table.keySet().removeIf(key -> key.equals("filler"));
                return table;
            }
            List<LogContent.Batch> batches = new ArrayList<>();
            offset = LogContent.decode(records, offset, batches);
            CommittedView view = new CommittedView(data.aborted());
            batches.forEach(batch -> view.read(batch, table));
        }
    }

    private List<?> abortedFor(long offset) {
        ReadResult.Data data =
                (ReadResult.Data) orders.read(offset, 10_000, true, Isolation.READ_COMMITTED);
        return data.aborted();
    }

    private static long horizonOf(LogContent content, long offset) {
        return content.batches().stream()
                .filter(batch -> batch.baseOffset() == offset)
                .findFirst()
                .orElseThrow()
                .horizonMs();
    }
}
