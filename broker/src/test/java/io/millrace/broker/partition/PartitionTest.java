package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.Batches;
import io.millrace.broker.partition.AppendResult.Appended;
import io.millrace.broker.partition.AppendResult.Rejected;
import io.millrace.protocol.error.ErrorCode;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionTest {
    @TempDir Path root;
    private final ManualClock clock = new ManualClock(Batches.NOW);
    private TestBroker broker;
    private Partition orders;

    @BeforeEach
    void start() {
        broker = new TestBroker(root, clock);
        orders = broker.orders(config());
    }

    @Test
    void appendedRecordsAreReadBackInOrder() {
        assertThat(broker.append(orders, "a", 2)).isEqualTo(new Appended(0, 1, -1, 0));
        assertThat(broker.append(orders, "b", 3)).isEqualTo(new Appended(2, 4, -1, 0));
        assertThat(broker.readAll(orders, 0))
                .containsExactly("0:a-0", "1:a-1", "2:b-0", "3:b-1", "4:b-2");
        assertThat(broker.readAll(orders, 3)).containsExactly("3:b-1", "4:b-2");
    }

    @Test
    void appendsThatWaitTogetherAreWrittenTogetherAndAnsweredInOrder() {
        List<Long> answered = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            broker.send(orders, Batches.of("r" + i, 1), -1)
                    .thenAccept(result -> answered.add(((Appended) result).baseOffset()));
        }
        broker.loop.runAll();
        assertThat(answered).hasSize(50).isSorted();
        assertThat(orders.snapshot().orElseThrow().tailPosition()).isZero();
        assertThat(broker.readAll(orders, 48)).containsExactly("48:r48-0", "49:r49-0");
    }

    @Test
    void whoeverIsAnsweredFindsTheRecordsAtOnceWhateverTheAcks() {
        List<Long> ends = new ArrayList<>();
        for (int acks : new int[] {1, -1, 1}) {
            broker.send(orders, Batches.of("r", 2), acks)
                    .thenAccept(
                            result ->
                                    ends.add(
                                            orders.findOffset(-1, Isolation.READ_UNCOMMITTED)
                                                    .join()
                                                    .orElseThrow()
                                                    .offset()));
            broker.loop.runAll();
        }
        assertThat(ends).containsExactly(2L, 4L, 6L);
    }

    @Test
    void bothKindsOfRestartKeepEverything() {
        for (int i = 0; i < 20; i++) {
            broker.append(orders, "r" + i, 1);
        }
        broker.shutDown();
        broker = new TestBroker(root, clock);
        assertThat(broker.directory.wasCleanlyShutDown()).isTrue();
        orders = broker.orders(config());
        assertThat(broker.readAll(orders, 0)).hasSize(20).contains("19:r19-0");
        assertThat(broker.append(orders, "more", 1)).isEqualTo(new Appended(20, 20, -1, 0));

        broker = new TestBroker(root, clock);
        assertThat(broker.directory.wasCleanlyShutDown()).isFalse();
        orders = broker.orders(config());
        assertThat(broker.readAll(orders, 0)).hasSize(21).contains("20:more-0");
    }

    @Test
    @Tag("wire-17")
    void aRepeatedBatchGetsItsFirstOffsetsAlsoAfterRestarts() {
        for (int i = 0; i < 7; i++) {
            broker.append(orders, Batches.idempotent(9, 0, 2 * i, "i" + i, 2));
        }
        assertThat(broker.append(orders, Batches.idempotent(9, 0, 4, "i2", 2)))
                .isEqualTo(new Appended(4, 5, -1, 0));
        assertThat(rejection(broker.append(orders, Batches.idempotent(9, 0, 2, "i1", 2))))
                .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        broker.shutDown();
        broker = new TestBroker(root, clock);
        orders = broker.orders(config());
        for (int i = 2; i < 7; i++) {
            assertThat(broker.append(orders, Batches.idempotent(9, 0, 2 * i, "i" + i, 2)))
                    .isEqualTo(new Appended(2 * i, 2 * i + 1, -1, 0));
        }
        broker = new TestBroker(root, clock);
        orders = broker.orders(config());
        for (int i = 2; i < 7; i++) {
            assertThat(broker.append(orders, Batches.idempotent(9, 0, 2 * i, "i" + i, 2)))
                    .isEqualTo(new Appended(2 * i, 2 * i + 1, -1, 0));
        }
        assertThat(broker.readAll(orders, 0)).hasSize(14);
    }

    @Test
    @Tag("wire-17")
    @Tag("wire-18")
    void epochsFenceAndNewEpochsBeginWithZero() {
        broker.append(orders, Batches.idempotent(9, 3, 0, "a", 1));
        assertThat(rejection(broker.append(orders, Batches.idempotent(9, 2, 1, "b", 1))))
                .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(rejection(broker.append(orders, Batches.idempotent(9, 4, 1, "c", 1))))
                .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(broker.append(orders, Batches.idempotent(9, 4, 0, "d", 1)))
                .isEqualTo(new Appended(1, 1, -1, 0));
        assertThat(broker.append(orders, Batches.idempotent(77, 0, 500, "unknown", 1)))
                .isEqualTo(new Appended(2, 2, -1, 0));
    }

    @Test
    void sequencesWrapAtTheirMaximum() {
        int last = Integer.MAX_VALUE;
        broker.append(orders, Batches.idempotent(9, 0, last - 1, "a", 2));
        assertThat(broker.append(orders, Batches.idempotent(9, 0, 0, "b", 1)))
                .isEqualTo(new Appended(2, 2, -1, 0));
        assertThat(broker.append(orders, Batches.idempotent(9, 0, last - 1, "a", 2)))
                .isEqualTo(new Appended(0, 1, -1, 0));
    }

    @Test
    void aDamagedBatchIsRefusedAndNothingElse() {
        ByteBuf bad = Batches.of("bad", 1);
        bad.setByte(bad.readableBytes() - 1, 77);
        assertThat(rejection(broker.append(orders, bad))).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
        assertThat(broker.append(orders, "good", 1)).isEqualTo(new Appended(0, 0, -1, 0));
    }

    @Test
    void segmentsRollBySizeAndReadsCrossThem() {
        orders = broker.orders(config("segment.bytes", "1024"));
        for (int i = 0; i < 100; i++) {
            broker.append(orders, "r" + i, 1);
        }
        assertThat(orders.snapshot().orElseThrow().segments().size()).isGreaterThan(5);
        assertThat(broker.readAll(orders, 0)).hasSize(100);
        broker = new TestBroker(root, clock);
        orders = broker.orders(config("segment.bytes", "1024"));
        assertThat(broker.readAll(orders, 0)).hasSize(100).endsWith("99:r99-0");
        assertThat(broker.files.openFiles()).isLessThanOrEqualTo(8);
    }

    @Test
    void retentionRemovesOldSegmentsAndKeepsTheLogEnd() {
        orders = broker.orders(config("segment.bytes", "1024", "retention.ms", "60000"));
        for (int i = 0; i < 50; i++) {
            broker.append(orders, Batches.of("old" + i, 1, clock.wallMs()));
        }
        clock.advance(Duration.ofSeconds(61));
        broker.await(broker.table.applyRetention(1 << 30));
        assertThat(orders.snapshot().orElseThrow().logStartOffset()).isEqualTo(50);
        assertThat(orders.read(10, 100, true, Isolation.READ_UNCOMMITTED))
                .isEqualTo(new ReadResult.OutOfRange(50, 50, 50));
        assertThat(broker.append(orders, Batches.of("new", 1, clock.wallMs())))
                .isEqualTo(new Appended(50, 50, -1, 50));
        broker.loop.advance(Duration.ofSeconds(61));
        assertThat(root.resolve("orders-0").toFile().list((d, name) -> name.endsWith(".deleted")))
                .isEmpty();
    }

    @Test
    void retentionBySizeKeepsAtLeastThatMuch() {
        orders = broker.orders(config("segment.bytes", "1024", "retention.bytes", "3000"));
        for (int i = 0; i < 100; i++) {
            broker.append(orders, "r" + i, 1);
        }
        broker.await(broker.table.applyRetention(1 << 30));
        assertThat(orders.snapshot().orElseThrow().sizeInBytes()).isBetween(3000L, 4100L);
    }

    @Test
    @Tag("wire-14")
    @Tag("wire-32")
    void deleteRecordsMovesTheLogStartAndSurvivesARestart() {
        broker.append(orders, "a", 10);
        assertThat(broker.await(orders.deleteRecordsBefore(4))).isEqualTo(4);
        assertThat(broker.await(orders.deleteRecordsBefore(2))).isEqualTo(4);
        assertThat(broker.readAll(orders, 4)).hasSize(6);
        CompletableFuture<Long> beyond = orders.deleteRecordsBefore(11);
        broker.loop.runAll();
        assertThat(beyond).isCompletedExceptionally();
        broker.shutDown();
        broker = new TestBroker(root, clock);
        orders = broker.orders(config());
        assertThat(broker.readAll(orders, 0))
                .containsExactly(new ReadResult.OutOfRange(4, 10, 10).toString());
        assertThat(broker.await(orders.deleteRecordsBefore(-1))).isEqualTo(10);
    }

    @Test
    @Tag("wire-32")
    void offsetsAreFoundByTime() {
        orders = broker.orders(config("segment.bytes", "1024", "index.interval.bytes", "100"));
        for (int i = 0; i < 100; i++) {
            broker.append(orders, Batches.of("r" + i, 1, Batches.NOW + 10 * i));
        }
        for (int i = 0; i < 100; i++) {
            long wanted = Batches.NOW + 10 * i - 3;
            assertThat(broker.await(orders.findOffset(wanted, Isolation.READ_UNCOMMITTED)))
                    .contains(new FoundOffset(i, Batches.NOW + 10 * i, 0));
        }
        assertThat(broker.await(orders.findOffset(Batches.NOW + 991, Isolation.READ_COMMITTED)))
                .isEmpty();
        assertThat(broker.await(orders.findOffset(-1, Isolation.READ_COMMITTED)))
                .contains(new FoundOffset(100, -1, 0));
        assertThat(broker.await(orders.findOffset(-2, Isolation.READ_COMMITTED)))
                .contains(new FoundOffset(0, -1, 0));
        assertThat(broker.await(orders.findOffset(-3, Isolation.READ_COMMITTED)))
                .contains(new FoundOffset(99, Batches.NOW + 990, 0));
    }

    @Test
    void waitsFireOnceWhenRecordsPassTheirOffset() {
        List<String> fired = new ArrayList<>();
        orders.onAdvance(0, Isolation.READ_UNCOMMITTED, () -> fired.add("0"));
        orders.onAdvance(1, Isolation.READ_UNCOMMITTED, () -> fired.add("1"));
        AdvanceWait cancelled =
                orders.onAdvance(0, Isolation.READ_UNCOMMITTED, () -> fired.add("cancelled"));
        cancelled.cancel();
        broker.append(orders, "a", 1);
        assertThat(fired).containsExactly("0");
        broker.append(orders, "b", 1);
        assertThat(fired).containsExactly("0", "1");
        orders.onAdvance(1, Isolation.READ_UNCOMMITTED, () -> fired.add("at once"));
        assertThat(fired).endsWith("at once");
    }

    @Test
    void logAppendTimeIsStampedOnTheRecords() {
        orders = broker.orders(config("message.timestamp.type", "LogAppendTime"));
        clock.advance(Duration.ofSeconds(5));
        assertThat(broker.append(orders, Batches.of("a", 2, 12345)))
                .isEqualTo(new Appended(0, 1, Batches.NOW + 5000, 0));
        assertThat(broker.await(orders.findOffset(0, Isolation.READ_UNCOMMITTED)))
                .isEqualTo(Optional.of(new FoundOffset(0, Batches.NOW + 5000, 0)));
    }

    @Test
    void aRemovedPartitionLeavesNoDirectoryAndMayComeBackUnderANewId() {
        broker.append(orders, "a", 1);
        broker.await(broker.table.remove(TestBroker.ORDERS));
        assertThat(root.resolve("orders-0")).doesNotExist();
        assertThat(rejection(broker.append(orders, "late", 1)))
                .isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        Partition again =
                broker.table.createOrLoad(
                        TestBroker.ORDERS, new java.util.UUID(5, 5), config(), TestBroker.alone(0));
        assertThat(broker.append(again, "b", 1)).isEqualTo(new Appended(0, 0, -1, 0));
        broker.loop.advance(Duration.ofMinutes(2));
        assertThat(root.toFile().list((d, name) -> name.endsWith("-delete"))).isEmpty();
        assertThat(broker.readAll(again, 0)).containsExactly("0:b-0");
    }

    @Test
    void aDirectoryOfAnotherTopicIsMovedAside() {
        broker.append(orders, "a", 1);
        broker.shutDown();
        broker = new TestBroker(root, clock);
        Partition other =
                broker.table.createOrLoad(
                        TestBroker.ORDERS, new java.util.UUID(5, 5), config(), TestBroker.alone(0));
        assertThat(broker.append(other, "b", 1)).isEqualTo(new Appended(0, 0, -1, 0));
        assertThat(root.toFile().list((d, name) -> name.endsWith("-stray"))).hasSize(1);
    }

    @Test
    @Tag("wire-31")
    void epochsEndWhereTheNextBegins() {
        broker.append(orders, "a", 3);
        broker.table.createOrLoad(
                TestBroker.ORDERS, TestBroker.TOPIC_ID, config(), TestBroker.alone(5));
        broker.append(orders, "b", 2);
        assertThat(orders.leaderEpoch()).isEqualTo(5);
        assertThat(broker.await(orders.endOffsetForEpoch(0)).orElseThrow().endOffset())
                .isEqualTo(3);
        assertThat(broker.await(orders.endOffsetForEpoch(3)).orElseThrow().endOffset())
                .isEqualTo(3);
        assertThat(broker.await(orders.endOffsetForEpoch(5)).orElseThrow().endOffset())
                .isEqualTo(5);
        assertThat(broker.await(orders.endOffsetForEpoch(6))).isEmpty();
    }

    private static ErrorCode rejection(AppendResult result) {
        return ((Rejected) result).error();
    }
}
