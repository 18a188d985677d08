package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.DiskLogDir;
import io.millrace.broker.log.FaultyLogDir;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.partition.AppendResult.Appended;
import io.millrace.broker.partition.AppendResult.Rejected;
import io.millrace.protocol.error.ErrorCode;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A full disk: records are refused, everything else goes on, and it heals by itself. */
class FullDiskTest {
    private static final long RESERVE = 256 * 1024;
    private static final LogDirectory.Terms TERMS = new LogDirectory.Terms(new UUID(1, 1), RESERVE);

    @TempDir Path root;
    private final ManualClock clock = new ManualClock(Batches.NOW);

    @Test
    void whatTheReserveFreesIsForCheckpointsAndCoordinatorsNotForRecords() throws Exception {
        FaultyLogDir disk = new FaultyLogDir(root);
        TestBroker broker = new TestBroker(disk, TERMS, clock);
        Partition orders = broker.orders(config());
        broker.append(orders, "before", 1);
        assertThat(reserve()).hasSize(RESERVE);
        disk.room = 10;
        Rejected refused = (Rejected) broker.append(orders, "full", 1);
        assertThat(refused.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(reserve()).doesNotExist();
        // There is room for one more batch, but it is not meant for it.
        Rejected again = (Rejected) broker.append(orders, "full", 1);
        assertThat(again.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(again.message())
                .contains("no space left in " + root, "delete topics or records", "bytes are free");
        assertThat(append(broker, orders, "commit", AppendOrigin.COORDINATOR))
                .isInstanceOf(Appended.class);
        broker.await(broker.table.checkpoint());
        assertThat(root.resolve("recovery-point-offset-checkpoint"))
                .content()
                .contains("orders 0 2");
        assertThat(broker.readAll(orders, 0)).containsExactly("0:before-0", "1:commit-0");
    }

    @Test
    void aCheckpointThatFindsTheDiskFullIsWrittenFromTheReserve() {
        FaultyLogDir disk = new FaultyLogDir(root);
        TestBroker broker = new TestBroker(disk, TERMS, clock);
        Partition orders = broker.orders(config());
        broker.append(orders, "before", 1);
        disk.room = 0;
        broker.await(broker.table.checkpoint());
        assertThat(root.resolve("recovery-point-offset-checkpoint"))
                .content()
                .contains("orders 0 1");
        assertThat(reserve()).doesNotExist();
    }

    @Test
    void recordsAreTakenAgainOnlyWhenTheReserveIsBack() {
        FaultyLogDir disk = new FaultyLogDir(root);
        TestBroker broker = new TestBroker(disk, TERMS, clock);
        Partition orders = broker.orders(config());
        broker.append(orders, "before", 1);
        disk.room = 0;
        broker.append(orders, "full", 1);
        disk.room = RESERVE;
        pass(broker, 5_000);
        assertThat(broker.append(orders, "little room", 1)).isInstanceOf(Rejected.class);
        disk.room = 2 * RESERVE;
        pass(broker, 5_000);
        assertThat(reserve()).hasSize(RESERVE);
        assertThat(broker.append(orders, "healed", 1)).isInstanceOf(Appended.class);
        assertThat(broker.readAll(orders, 0)).containsExactly("0:before-0", "1:healed-0");
    }

    @Test
    void aDirectoryThatIsFullAtTheStartTakesNoRecordsUntilThereIsRoom() {
        FaultyLogDir disk = new FaultyLogDir(root);
        disk.room = 100_000;
        TestBroker broker = new TestBroker(disk, TERMS, clock);
        Partition orders = broker.orders(config());
        assertThat(broker.append(orders, "full", 1)).isInstanceOf(Rejected.class);
        disk.room = Long.MAX_VALUE;
        pass(broker, 1_000);
        assertThat(broker.append(orders, "healed", 1)).isInstanceOf(Appended.class);
    }

    @Test
    void theReserveIsPartOfWhatIsFreeOnASmallDisk() {
        FaultyLogDir disk = new FaultyLogDir(root);
        disk.room = 1024 * 1024;
        TestBroker broker = new TestBroker(disk, TERMS, clock);
        broker.loop.runAll();
        assertThat(reserve()).hasSize(64 * 1024);
    }

    @Test
    void withoutAReserveEachAppendTriesTheDisk() {
        FaultyLogDir disk = new FaultyLogDir(root);
        TestBroker broker = new TestBroker(disk, clock);
        Partition orders = broker.orders(config());
        disk.room = 0;
        assertThat(broker.append(orders, "full", 1)).isInstanceOf(Rejected.class);
        disk.room = Long.MAX_VALUE;
        assertThat(broker.append(orders, "healed", 1)).isInstanceOf(Appended.class);
    }

    @Test
    void aRealFileSystemIsFilledEmptiedByDeletingATopicAndFilledAgain() throws Exception {
        try (SmallFileSystem small = SmallFileSystem.mount(root.resolve("small"), 8)) {
            assumeThat(small.isMounted()).as("only root may mount: " + small.problem()).isTrue();
            TestBroker broker = new TestBroker(new DiskLogDir(small.root()), TERMS, clock);
            Partition orders = broker.orders(config("file.delete.delay.ms", "0"));
            TopicPartition other = new TopicPartition("other", 0);
            LogConfig quick = config("file.delete.delay.ms", "0");
            Partition bulk =
                    broker.table.createOrLoad(other, new UUID(3, 3), quick, TestBroker.alone(0));
            broker.append(orders, "kept", 1);
            for (int round = 0; round < 2; round++) {
                assertThat(fill(broker, bulk)).isGreaterThan(5);
                assertThat(broker.directory.failure()).isNull();
                assertThat(broker.append(orders, "refused", 1)).isInstanceOf(Rejected.class);
                assertThat(append(broker, orders, "commit" + round, AppendOrigin.COORDINATOR))
                        .isInstanceOf(Appended.class);
                broker.await(broker.table.checkpoint());
                assertThat(broker.readAll(orders, 0)).hasSize(1 + 2 * round + 1);
                broker.await(broker.table.remove(other));
                pass(broker, 5_000);
                assertThat(small.root().resolve(".millrace_reserve")).exists();
                assertThat(broker.append(orders, "healed" + round, 1)).isInstanceOf(Appended.class);
                bulk =
                        broker.table.createOrLoad(
                                other, new UUID(3, 4 + round), quick, TestBroker.alone(0));
            }
            broker.await(broker.table.close(OptionalLong.of(7)));
            TestBroker again = new TestBroker(new DiskLogDir(small.root()), TERMS, clock);
            assertThat(again.directory.cleanBrokerEpoch()).hasValue(7);
            assertThat(again.readAll(again.orders(config()), 0))
                    .containsExactly(
                            "0:kept-0", "1:commit0-0", "2:healed0-0", "3:commit1-0", "4:healed1-0");
            again.shutDown();
        }
    }

    /** Batches that fit. */
    private static int fill(TestBroker broker, Partition partition) {
        for (int i = 0; i < 1_000; i++) {
            if (broker.append(partition, Batches.of("x".repeat(100_000), 1))
                    instanceof Rejected full) {
                assertThat(full.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
                return i;
            }
        }
        throw new AssertionError("the file system does not become full");
    }

    private static AppendResult append(
            TestBroker broker, Partition partition, String value, AppendOrigin origin) {
        ByteBuf batch = Batches.of(value, 1);
        try {
            return broker.await(partition.append(batch, (short) -1, origin));
        } finally {
            batch.release();
        }
    }

    private void pass(TestBroker broker, long ms) {
        for (long passed = 0; passed < ms; passed += 500) {
            clock.advance(Duration.ofMillis(500));
            broker.loop.runAll();
        }
    }

    private Path reserve() {
        return root.resolve(".millrace_reserve");
    }
}
