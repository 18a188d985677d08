package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.TOPIC_ID;
import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.DiskLogDir;
import io.millrace.broker.log.FaultyLogDir;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.partition.AppendResult.Appended;
import io.millrace.broker.partition.AppendResult.Rejected;
import io.millrace.protocol.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One broker with several log directories: placing, moving, and one of them failing. */
class SeveralDirectoriesTest {
    private static final String[] SMALL = {
        "segment.bytes", "2000", "index.interval.bytes", "200", "file.delete.delay.ms", "1000"
    };

    @TempDir Path root;
    private final ManualClock clock = new ManualClock(Batches.NOW);

    @Test
    void newPartitionsGoWhereFewestAre() {
        TestBroker broker = broker();
        for (int i = 0; i < 6; i++) {
            create(broker, i);
        }
        assertThat(broker.table.all())
                .filteredOn(partition -> partition.directory() == broker.directory)
                .hasSize(3);
    }

    @Test
    void aMovedReplicaHasEverythingAndTakesRecordsAllTheTime() throws IOException {
        TestBroker broker = broker();
        Partition orders = broker.orders(config(SMALL));
        LogDirectory from = orders.directory();
        LogDirectory to = other(broker, from);
        List<String> expected = new ArrayList<>();
        int next = send(broker, orders, expected, 0, 60);
        CompletableFuture<Void> moved = broker.table.move(orders, to);
        while (!moved.isDone()) {
            CompletableFuture<AppendResult> sent =
                    broker.send(orders, Batches.of("r" + next, 1), -1);
            expected.add(next + ":r" + next + "-0");
            next++;
            for (int i = 0; i < 3; i++) {
                broker.loop.runNext();
            }
            assertThat(broker.readAll(orders, 0)).containsAll(expected.subList(0, next - 1));
            assertThat(broker.await(sent)).isInstanceOf(Appended.class);
        }
        moved.join();
        assertThat(orders.directory()).isSameAs(to);
        next = send(broker, orders, expected, next, 20);
        assertThat(broker.readAll(orders, 0)).isEqualTo(expected);
        clock.advance(Duration.ofMillis(1_000));
        broker.loop.runAll();
        assertThat(partitionsIn(from)).isEmpty();
        assertThat(partitionsIn(to)).containsExactly("orders-0");
        broker.shutDown();
        TestBroker again = broker();
        assertThat(again.readAll(again.orders(config(SMALL)), 0)).isEqualTo(expected);
    }

    @Test
    void aReplicaMovesBackToWhereItsOldFilesStillAre() {
        TestBroker broker = broker();
        Partition orders = broker.orders(config(SMALL));
        LogDirectory from = orders.directory();
        List<String> expected = new ArrayList<>();
        int next = send(broker, orders, expected, 0, 30);
        broker.await(broker.table.move(orders, other(broker, from)));
        next = send(broker, orders, expected, next, 30);
        broker.await(broker.table.move(orders, from));
        clock.advance(Duration.ofMillis(1_000));
        broker.loop.runAll();
        assertThat(orders.directory()).isSameAs(from);
        assertThat(broker.readAll(orders, 0)).isEqualTo(expected);
    }

    @Test
    void idempotentProducersGoOnAfterAMove() {
        TestBroker broker = broker();
        Partition orders = broker.orders(config());
        broker.append(orders, Batches.idempotent(4, 0, 0, "a", 1));
        broker.append(orders, Batches.idempotent(4, 0, 1, "b", 1));
        broker.await(broker.table.move(orders, other(broker, orders.directory())));
        assertThat(broker.append(orders, Batches.idempotent(4, 0, 1, "b", 1)))
                .isInstanceOfSatisfying(
                        Appended.class, again -> assertThat(again.baseOffset()).isEqualTo(1));
        assertThat(broker.append(orders, Batches.idempotent(4, 0, 2, "c", 1)))
                .isInstanceOf(Appended.class);
    }

    @Test
    void aTargetThatFailsLeavesTheReplicaWhereItIs() {
        FaultyLogDir bad = new FaultyLogDir(root.resolve("b"));
        TestBroker broker = new TestBroker(clock, new DiskLogDir(root.resolve("a")), bad);
        Partition orders = broker.orders(config(SMALL));
        List<String> expected = new ArrayList<>();
        int next = send(broker, orders, expected, 0, 30);
        bad.failWrites = true;
        CompletableFuture<Void> moved =
                broker.table.move(orders, other(broker, orders.directory()));
        broker.loop.runAll();
        assertThatThrownBy(moved::join).hasMessageContaining("Input/output error");
        assertThat(orders.directory()).isSameAs(broker.directory);
        send(broker, orders, expected, next, 5);
        assertThat(broker.readAll(orders, 0)).isEqualTo(expected);
    }

    @Test
    void aCrashAtAnyStepOfAMoveLosesNothing() throws IOException {
        int step = 0;
        boolean died = true;
        while (died) {
            Path base = Files.createDirectory(root.resolve("step-" + step));
            DyingLogDir to = new DyingLogDir(base.resolve("b"), step++);
            TestBroker broker = new TestBroker(clock, new DiskLogDir(base.resolve("a")), to);
            Partition orders = broker.orders(config(SMALL));
            List<String> expected = new ArrayList<>();
            int next = send(broker, orders, expected, 0, 40);
            broker.await(broker.table.checkpoint());
            to.armed = true;
            CompletableFuture<Void> moved =
                    broker.table.move(orders, other(broker, orders.directory()));
            broker.loop.runAll();
            clock.advance(Duration.ofMillis(1_000));
            broker.loop.runAll();
            died = to.dead;
            assertThat(moved.isDone()).isTrue();
            TestBroker again =
                    new TestBroker(
                            clock,
                            new DiskLogDir(base.resolve("a")),
                            new DiskLogDir(base.resolve("b")));
            Partition survivor = again.orders(config(SMALL));
            again.await(survivor.load());
            again.loop.runAll();
            assertThat(survivor.damage()).as("step %d", step).isEmpty();
            assertThat(again.readAll(survivor, 0)).as("step %d", step).isEqualTo(expected);
            send(again, survivor, expected, next, 3);
            clock.advance(Duration.ofMillis(1_000));
            again.loop.runAll();
            assertThat(again.readAll(survivor, 0)).as("step %d", step).isEqualTo(expected);
        }
        assertThat(step).isGreaterThan(10);
    }

    @Test
    void aFailedDirectoryGoesOfflineAlone() {
        FaultyLogDir bad = new FaultyLogDir(root.resolve("b"));
        TestBroker broker = new TestBroker(clock, new DiskLogDir(root.resolve("a")), bad);
        Partition first = create(broker, 0);
        Partition second = create(broker, 1);
        broker.append(first, "a", 1);
        broker.append(second, "b", 1);
        Partition lost = first.directory() == broker.directory ? second : first;
        Partition kept = lost == first ? second : first;
        bad.failWrites = true;
        assertThat(((Rejected) broker.append(lost, "c", 1)).error())
                .isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        ReadResult read = lost.read(0, 1000, true, Isolation.READ_UNCOMMITTED);
        assertThat(read)
                .isInstanceOfSatisfying(
                        ReadResult.Failed.class,
                        failed ->
                                assertThat(failed.error())
                                        .isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR));
        assertThat(broker.append(kept, "d", 1)).isInstanceOf(Appended.class);
        assertThat(broker.readAll(kept, 0)).hasSize(2);
        // New partitions avoid it.
        for (int i = 2; i < 6; i++) {
            broker.table.settle();
            assertThat(create(broker, i).directory()).isSameAs(broker.directory);
        }
    }

    @Test
    void whatMayBeInADirectoryThatCannotBeReadIsNotBegunAnew() throws IOException {
        Files.writeString(root.resolve("b"), "not a directory");
        TestBroker broker = broker();
        Partition old = create(broker, 0);
        assertThat(old.directory().failure()).isNotNull();
        assertThat(broker.append(old, "a", 1)).isInstanceOf(Rejected.class);
        broker.table.settle();
        assertThat(broker.append(create(broker, 1), "a", 1)).isInstanceOf(Appended.class);
    }

    private TestBroker broker() {
        return new TestBroker(
                clock, new DiskLogDir(root.resolve("a")), new DiskLogDir(root.resolve("b")));
    }

    private Partition create(TestBroker broker, int index) {
        Partition partition =
                broker.table.createOrLoad(
                        new TopicPartition("orders", index),
                        TOPIC_ID,
                        config(SMALL),
                        TestBroker.alone(0));
        broker.loop.runAll();
        return partition;
    }

    private static LogDirectory other(TestBroker broker, LogDirectory directory) {
        return broker.table.directories().stream()
                .filter(each -> each != directory)
                .findFirst()
                .orElseThrow();
    }

    private static int send(
            TestBroker broker, Partition partition, List<String> expected, int from, int count) {
        for (int i = from; i < from + count; i++) {
            assertThat(broker.append(partition, "r" + i, 1)).isInstanceOf(Appended.class);
            expected.add(i + ":r" + i + "-0");
        }
        return from + count;
    }

    private static List<String> partitionsIn(LogDirectory directory) throws IOException {
        try (Stream<Path> files = Files.list(directory.root())) {
            return files.filter(Files::isDirectory)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }
}
