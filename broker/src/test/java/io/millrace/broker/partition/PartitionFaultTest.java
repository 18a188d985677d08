package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.DiskLogDir;
import io.millrace.broker.log.FaultyLogDir;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.partition.AppendResult.Appended;
import io.millrace.broker.partition.AppendResult.Rejected;
import io.millrace.protocol.error.ErrorCode;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of records when the disk or the process fails. */
class PartitionFaultTest {
    @TempDir Path root;
    private final ManualClock clock = new ManualClock(Batches.NOW);

    @Test
    void aTornTailIsCutAtEveryByteOfTheLastBatch() throws IOException {
        TestBroker broker = new TestBroker(root, clock);
        Partition orders = broker.orders(config());
        broker.append(orders, "first", 2);
        long whole = orders.snapshot().orElseThrow().sizeInBytes();
        broker.append(orders, "last", 2);
        Path log = root.resolve("orders-0/00000000000000000000.log");
        byte[] content = Files.readAllBytes(log);
        for (int end = (int) whole; end < content.length; end++) {
            Files.write(log, java.util.Arrays.copyOf(content, end));
            TestBroker again = new TestBroker(root, clock);
            Partition recovered = again.orders(config());
            assertThat(again.readAll(recovered, 0)).containsExactly("0:first-0", "1:first-1");
            assertThat(Files.size(log)).isEqualTo(whole);
        }
    }

    @Test
    void aFlippedBitAnywhereInTheLastBatchIsFound() throws IOException {
        TestBroker broker = new TestBroker(root, clock);
        Partition orders = broker.orders(config());
        broker.append(orders, "first", 1);
        int whole = (int) orders.snapshot().orElseThrow().sizeInBytes();
        broker.append(orders, "last", 1);
        Path log = root.resolve("orders-0/00000000000000000000.log");
        byte[] content = Files.readAllBytes(log);
        for (int at = whole; at < content.length; at++) {
            int inBatch = at - whole;
            if (inBatch < 8 || (inBatch >= 12 && inBatch < 16)) {
                continue; // Base offset and leader epoch are not under the CRC, by format.
            }
            byte[] flipped = content.clone();
            flipped[at] ^= 0x10;
            Files.write(log, flipped);
            TestBroker again = new TestBroker(root, clock);
            assertThat(again.readAll(again.orders(config()), 0)).containsExactly("0:first-0");
        }
    }

    @Test
    void missingOrDamagedIndexesAreRebuilt() throws IOException {
        String[] settings = {"segment.bytes", "4000", "index.interval.bytes", "200"};
        TestBroker broker = new TestBroker(root, clock);
        Partition orders = broker.orders(config(settings));
        for (int i = 0; i < 100; i++) {
            broker.append(orders, Batches.of("r" + i, 1, Batches.NOW + i));
        }
        broker.shutDown();
        int damaged = 0;
        try (Stream<Path> files = Files.list(root.resolve("orders-0"))) {
            for (Path file : files.filter(f -> f.toString().endsWith("index")).toList()) {
                switch (damaged++ % 3) {
                    case 0 -> Files.delete(file);
                    case 1 -> Files.write(file, new byte[] {1, 2, 3});
                    default -> Files.write(file, new byte[24 * 5]);
                }
            }
        }
        broker = new TestBroker(root, clock);
        orders = broker.orders(config(settings));
        assertThat(broker.readAll(orders, 0)).hasSize(100);
        for (int i = 0; i < 100; i++) {
            assertThat(broker.readAll(orders, i)).first().isEqualTo(i + ":r" + i + "-0");
            assertThat(broker.await(orders.findOffset(Batches.NOW + i, Isolation.READ_UNCOMMITTED)))
                    .map(FoundOffset::offset)
                    .contains((long) i);
        }
    }

    @Test
    void aTopicThatIsDeletedWhileItsLogIsForcedCostsTheDirectoryNothing() throws IOException {
        ManualEventLoop owner = new ManualEventLoop("owner", clock);
        ManualEventLoop device = new ManualEventLoop("device", clock);
        TestBroker broker = new TestBroker(new DiskLogDir(root), clock, owner, device);
        Partition orders = broker.orders(config("flush.on.ack", "true"));
        device.runAll();
        owner.runAll();
        CompletableFuture<AppendResult> sent = broker.send(orders, Batches.of("first", 1), -1);
        owner.runAll();
        assertThat(sent).as("waits for the device").isNotDone();
        orders.remove();
        owner.runAll();
        device.runAll();
        owner.runAll();
        assertThat(broker.directory.failure()).isNull();
        assertThat(sent).isDone();
    }

    @Test
    void anIndexThatAPowerLossLeftWithWrongEntriesIsBuiltAnew() throws IOException {
        String[] settings = {"index.interval.bytes", "200"};
        for (int entry = 0; entry < 10; entry++) {
            Path dir = Files.createDirectory(root.resolve("entry-" + entry));
            TestBroker broker = new TestBroker(dir, clock);
            Partition orders = broker.orders(config(settings));
            for (int i = 0; i < 100; i++) {
                broker.append(orders, "r" + i, 1);
            }
            broker.await(broker.table.checkpoint());
            broker.append(orders, "r100", 1);
            Path index = dir.resolve("orders-0/00000000000000000000.index");
            byte[] entries = Files.readAllBytes(index);
            entries[8 * entry + 3] ^= 1; // The offset is another, and the order still right.
            Files.write(index, entries);
            TestBroker again = new TestBroker(dir, clock);
            orders = again.orders(config(settings));
            assertThat(again.readAll(orders, 0)).hasSize(101);
            for (int i = 0; i < 100; i++) {
                assertThat(again.readAll(orders, i)).first().isEqualTo(i + ":r" + i + "-0");
            }
            assertThat(orders.damage()).isEmpty();
        }
    }

    @Test
    void aFullDiskRefusesAppendsServesReadsAndHealsByItself() {
        FaultyLogDir disk = new FaultyLogDir(root);
        TestBroker broker = new TestBroker(disk, clock);
        Partition orders = broker.orders(config());
        broker.append(orders, Batches.idempotent(4, 0, 0, "before", 1));
        disk.room = 10;
        disk.tornBytes = 30;
        Rejected refused = (Rejected) broker.append(orders, Batches.idempotent(4, 0, 1, "full", 1));
        assertThat(refused.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(refused.message()).contains("orders-0").contains("no space left on device");
        assertThat(broker.readAll(orders, 0)).containsExactly("0:before-0");
        assertThat(broker.directory.failure()).isNull();
        disk.room = Long.MAX_VALUE;
        assertThat(broker.append(orders, Batches.idempotent(4, 0, 1, "healed", 1)))
                .isEqualTo(new Appended(1, 1, -1, 0));
        TestBroker again = new TestBroker(root, clock);
        assertThat(again.readAll(again.orders(config()), 0))
                .containsExactly("0:before-0", "1:healed-0");
    }

    @Test
    void aFailedWriteTakesTheDirectoryOfflineForGood() {
        FaultyLogDir disk = new FaultyLogDir(root);
        TestBroker broker = new TestBroker(disk, clock);
        Partition orders = broker.orders(config());
        broker.append(orders, "before", 1);
        disk.failWrites = true;
        assertThat(errorOf(broker.append(orders, "lost", 1)))
                .isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        disk.failWrites = false;
        assertThat(errorOf(broker.append(orders, "still offline", 1)))
                .isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(broker.directory.failure()).hasMessage("Input/output error");
        assertThat(broker.readAll(orders, 0)).first().asString().contains("KAFKA_STORAGE_ERROR");
    }

    @Test
    void aFullDiskThatKeepsAnAbortFromItsIndexIsTriedAgainAndNotAllTheTime() {
        FaultyLogDir disk = new FaultyLogDir(root);
        TestBroker broker = new TestBroker(disk, clock);
        Partition orders = broker.orders(config("flush.on.ack", "true"));
        AppendTransactions transactions = new AppendTransactions(broker, orders);
        transactions.append(7, 0, 0, 1);
        disk.room = TransactionMarker.BATCH_BYTES;
        CompletableFuture<AppendResult> aborted =
                orders.endTransaction(new TransactionMarker(7, (short) 0, 0, false, (short) 0));
        int before = disk.forces;
        for (int i = 0; i < 1_000; i++) {
            broker.loop.runNext();
        }
        assertThat(disk.forces - before).isLessThanOrEqualTo(2);
        assertThat(aborted).isNotDone();
        disk.room = Long.MAX_VALUE;
        broker.loop.advance(Duration.ofMillis(PartitionFlush.RETRY_MS));
        assertThat(aborted.join()).isInstanceOf(Appended.class);
    }

    @Test
    void withFlushOnAckNothingIsAnsweredOrReadBeforeItIsOnTheDevice() {
        FaultyLogDir disk = new FaultyLogDir(root);
        TestBroker broker = new TestBroker(disk, clock);
        Partition orders = broker.orders(config("flush.on.ack", "true"));
        broker.await(orders.load());
        List<CompletableFuture<AppendResult>> answers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            answers.add(broker.send(orders, Batches.of("r" + i, 1), -1));
        }
        while (disk.writes == 0) {
            broker.loop.runNext();
        }
        assertThat(answers).noneMatch(CompletableFuture::isDone);
        assertThat(orders.snapshot().orElseThrow().highWatermark()).isZero();
        broker.loop.runAll();
        assertThat(disk.forces).isEqualTo(1);
        assertThat(answers).allMatch(CompletableFuture::isDone);
        assertThat(broker.readAll(orders, 0)).hasSize(5);
    }

    @Test
    void aFailedFsyncIsNeverRepeatedAndNothingOnItIsAcknowledged() {
        FaultyLogDir disk = new FaultyLogDir(root);
        TestBroker broker = new TestBroker(disk, clock);
        Partition orders = broker.orders(config("flush.on.ack", "true"));
        disk.failForce = true;
        assertThat(errorOf(broker.append(orders, "a", 1))).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        disk.failForce = false;
        int forces = disk.forces;
        assertThat(errorOf(broker.append(orders, "b", 1))).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(disk.forces).isEqualTo(forces);
        assertThat(broker.readAll(orders, 0)).first().asString().contains("KAFKA_STORAGE_ERROR");
    }

    @Test
    void powerLossLosesNothingThatWasAcknowledgedWithFlushOnAck() throws IOException {
        for (int seed = 0; seed < 30; seed++) {
            Path dir = Files.createDirectory(root.resolve("seed-" + seed));
            SplittableRandom random = new SplittableRandom(seed);
            FaultyLogDir disk = new FaultyLogDir(dir);
            TestBroker broker = new TestBroker(disk, clock);
            String[] settings = {"flush.on.ack", "true", "segment.bytes", "1024"};
            Partition orders = broker.orders(config(settings));
            List<CompletableFuture<AppendResult>> sent = new ArrayList<>();
            List<ByteBuf> batches = new ArrayList<>();
            int steps = random.nextInt(200);
            for (int i = 0; i < 40; i++) {
                ByteBuf batch = Batches.of("r" + i, 1);
                batches.add(batch);
                sent.add(broker.send(orders, batch, -1));
                if (random.nextInt(3) == 0) {
                    for (int s = 0; s < steps / 20; s++) {
                        broker.loop.runNext();
                    }
                }
            }
            long acked = sent.stream().filter(CompletableFuture::isDone).count();
            disk.loseWhatWasNotForced(random);
            // The memory of the broker goes with its power.
            batches.stream()
                    .filter(batch -> batch.refCnt() > 0)
                    .forEach(batch -> batch.release(batch.refCnt()));

            TestBroker again = new TestBroker(dir, clock);
            List<String> found = again.readAll(again.orders(config(settings)), 0);
            assertThat(found.size()).as("seed %d", seed).isGreaterThanOrEqualTo((int) acked);
            for (int i = 0; i < found.size(); i++) {
                assertThat(found.get(i)).as("seed %d", seed).isEqualTo(i + ":r" + i + "-0");
            }
        }
    }

    private static ErrorCode errorOf(AppendResult result) {
        return ((Rejected) result).error();
    }
}
