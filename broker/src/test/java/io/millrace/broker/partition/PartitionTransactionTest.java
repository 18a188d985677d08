package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.AbortedTransaction;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.ProducerState;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.partition.AppendResult.Appended;
import io.millrace.broker.partition.AppendResult.Rejected;
import io.millrace.protocol.error.ErrorCode;
import io.netty.buffer.ByteBuf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions in one partition: what readers of committed records see, also after restarts. */
class PartitionTransactionTest {
    private static final long ADA = 7;
    private static final long GRACE = 8;

    @TempDir Path root;
    private final ManualClock clock = new ManualClock(Batches.NOW);
    private final Coordinator coordinator = new Coordinator();
    private TestBroker broker;
    private Partition orders;

    @BeforeEach
    void start() {
        broker = new TestBroker(root, clock);
        orders = broker.orders(config());
    }

    /** Says what it is told to say, when it is told to. */
    private static final class Coordinator implements TransactionVerifier {
        final List<Question> questions = new ArrayList<>();
        final List<CompletableFuture<Map<TopicPartition, ErrorCode>>> answers = new ArrayList<>();
        boolean prompt = true;

        @Override
        public CompletableFuture<Map<TopicPartition, ErrorCode>> verify(Question question) {
            questions.add(question);
            CompletableFuture<Map<TopicPartition, ErrorCode>> answer = new CompletableFuture<>();
            answers.add(answer);
            if (prompt) {
                answer(answers.size() - 1, ErrorCode.NONE);
            }
            return answer;
        }

        void answer(int question, ErrorCode error) {
            Map<TopicPartition, ErrorCode> all = new HashMap<>();
            questions.get(question).partitions().forEach(partition -> all.put(partition, error));
            answers.get(question).complete(all);
        }
    }

    private CompletableFuture<AppendResult> send(long producer, int epoch, int sequence, int n) {
        return send(producer, epoch, sequence, n, true);
    }

    private CompletableFuture<AppendResult> send(
            long producer, int epoch, int sequence, int n, boolean add) {
        TransactionCheck check =
                new TransactionCheck(coordinator, "t" + producer, producer, (short) epoch, add);
        ByteBuf batch = Batches.transactional(producer, epoch, sequence, "p" + producer, n);
        CompletableFuture<AppendResult> result =
                orders.append(
                        batch, new AppendDemand((short) -1, 30_000, AppendOrigin.CLIENT, check));
        batch.release();
        check.allGiven();
        return result;
    }

    private Appended append(long producer, int epoch, int sequence, int n) {
        return (Appended) broker.await(send(producer, epoch, sequence, n));
    }

    private AppendResult end(long producer, int epoch, boolean commit) {
        return end(producer, epoch, 0, commit, 0);
    }

    private AppendResult end(
            long producer, int epoch, int coordinatorEpoch, boolean commit, int version) {
        return broker.await(
                orders.endTransaction(
                        new TransactionMarker(
                                producer,
                                (short) epoch,
                                coordinatorEpoch,
                                commit,
                                (short) version)));
    }

    private static ErrorCode rejection(AppendResult result) {
        return ((Rejected) result).error();
    }

    private long lastStable() {
        return orders.snapshot().orElseThrow().lastStableOffset();
    }

    private List<AbortedTransaction> abortedFrom(long offset) {
        return ((ReadResult.Data) orders.read(offset, 1 << 20, true, Isolation.READ_COMMITTED))
                .aborted();
    }

    private int bytesFrom(long offset, Isolation isolation) {
        return ((ReadResult.Data) orders.read(offset, 1 << 20, true, isolation))
                .records()
                .sizeInBytes();
    }

    private void restart(boolean orderly) {
        if (orderly) {
            broker.shutDown();
        }
        broker = new TestBroker(root, clock);
        orders = broker.orders(config());
        broker.await(orders.load());
    }

    @Test
    @Tag("wire-27")
    void readersOfCommittedRecordsStopAtTheFirstUndecidedOffset() {
        broker.append(orders, "plain", 2);
        append(ADA, 0, 0, 3);
        append(GRACE, 0, 0, 1);
        broker.append(orders, "plain", 1);
        assertThat(lastStable()).isEqualTo(2);
        assertThat(bytesFrom(2, Isolation.READ_COMMITTED)).isZero();
        assertThat(bytesFrom(2, Isolation.READ_UNCOMMITTED)).isPositive();
        assertThat(end(ADA, 0, true)).isEqualTo(new Appended(7, 7, -1, 0));
        assertThat(lastStable()).isEqualTo(5);
        end(GRACE, 0, false);
        assertThat(lastStable()).isEqualTo(9);
        assertThat(abortedFrom(0)).containsExactly(new AbortedTransaction(GRACE, 5, 8, 9));
        assertThat(broker.await(orders.findOffset(-1, Isolation.READ_COMMITTED)))
                .contains(new FoundOffset(9, -1, 0));
    }

    @Test
    @Tag("wire-27")
    void abortedTransactionsAreThoseOfTheRangeInOrderOfTheirFirstOffset() {
        append(ADA, 0, 0, 1);
        append(GRACE, 0, 0, 1);
        end(GRACE, 0, false);
        end(ADA, 0, false);
        append(GRACE, 0, 1, 1);
        end(GRACE, 0, false);
        assertThat(abortedFrom(0))
                .extracting(AbortedTransaction::firstOffset)
                .containsExactly(0L, 1L, 4L);
        assertThat(abortedFrom(3))
                .extracting(AbortedTransaction::firstOffset)
                .containsExactly(0L, 4L);
        assertThat(abortedFrom(4)).extracting(AbortedTransaction::firstOffset).containsExactly(4L);
        ReadResult.Data uncommitted =
                (ReadResult.Data) orders.read(0, 1 << 20, true, Isolation.READ_UNCOMMITTED);
        assertThat(uncommitted.aborted()).isEmpty();
    }

    @Test
    void bothKindsOfRestartKeepOpenAndAbortedTransactions() {
        append(ADA, 3, 0, 2);
        append(GRACE, 0, 0, 1);
        end(GRACE, 0, 5, false, 0);
        for (boolean orderly : new boolean[] {true, false, true, false}) {
            restart(orderly);
            assertThat(lastStable()).isZero();
            assertThat(broker.await(orders.producers()))
                    .extracting(ProducerState::producerId, ProducerState::transactionFirstOffset)
                    .containsExactlyInAnyOrder(
                            org.assertj.core.groups.Tuple.tuple(ADA, 0L),
                            org.assertj.core.groups.Tuple.tuple(GRACE, -1L));
            assertThat(rejection(end(GRACE, 0, 4, true, 0)))
                    .isEqualTo(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        }
        end(ADA, 3, true);
        assertThat(lastStable()).isEqualTo(5);
        assertThat(abortedFrom(0)).containsExactly(new AbortedTransaction(GRACE, 2, 3, 0));
    }

    @Test
    void aDamagedOrMissingEndOfTheIndexOfAbortedTransactionsIsBuiltAgain() throws Exception {
        orders = broker.orders(config("segment.bytes", "1024"));
        for (int i = 0; i < 40; i++) {
            append(ADA, 0, 2 * i, 2);
            end(ADA, 0, i % 2 == 0);
        }
        List<AbortedTransaction> before = allAborted();
        assertThat(before).hasSize(20);
        broker.shutDown();
        List<Path> indexes;
        try (var files = Files.list(root.resolve("orders-0"))) {
            indexes = files.filter(f -> f.toString().endsWith(".txnindex")).sorted().toList();
        }
        assertThat(indexes).hasSizeGreaterThan(3);
        byte[] bytes = Files.readAllBytes(indexes.get(1));
        bytes[20] ^= 0x55;
        Files.write(indexes.get(1), bytes);
        broker = new TestBroker(root, clock);
        orders = broker.orders(config("segment.bytes", "1024"));
        broker.await(orders.load());
        assertThat(allAborted()).isEqualTo(before);

        Files.delete(indexes.get(indexes.size() - 1));
        broker = new TestBroker(root, clock);
        orders = broker.orders(config("segment.bytes", "1024"));
        broker.await(orders.load());
        assertThat(allAborted()).isEqualTo(before);
        assertThat(Files.exists(indexes.get(indexes.size() - 1))).isTrue();
    }

    /** Reads everything in small steps, as a consumer would. */
    private List<AbortedTransaction> allAborted() {
        List<AbortedTransaction> all = new ArrayList<>();
        for (long at = 0; at < lastStable(); at++) {
            for (AbortedTransaction aborted :
                    ((ReadResult.Data) orders.read(at, 100, true, Isolation.READ_COMMITTED))
                            .aborted()) {
                if (!all.contains(aborted)) {
                    all.add(aborted);
                }
            }
        }
        return all;
    }

    @Test
    void aTornEndTakesMarkersAndTheirIndexEntriesWithIt() throws Exception {
        append(ADA, 0, 0, 1);
        end(ADA, 0, false);
        append(ADA, 0, 1, 1);
        long whole = Files.size(root.resolve("orders-0/00000000000000000000.log"));
        end(ADA, 0, false);
        assertThat(abortedFrom(0)).hasSize(2);
        try (var file =
                java.nio.channels.FileChannel.open(
                        root.resolve("orders-0/00000000000000000000.log"),
                        java.nio.file.StandardOpenOption.WRITE)) {
            file.truncate(whole + 20);
        }
        restart(false);
        assertThat(lastStable()).isEqualTo(2);
        assertThat(abortedFrom(0)).hasSize(1);
        end(ADA, 0, true);
        assertThat(abortedFrom(0)).hasSize(1);
        assertThat(lastStable()).isEqualTo(4);
    }

    @Test
    void markersFenceByProducerAndCoordinatorEpoch() {
        append(ADA, 3, 0, 1);
        assertThat(rejection(end(ADA, 2, true))).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(end(ADA, 4, 9, false, 0)).isInstanceOf(Appended.class);
        assertThat(rejection(broker.await(send(ADA, 3, 1, 1))))
                .isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(rejection(end(ADA, 4, 8, false, 0)))
                .isEqualTo(ErrorCode.TRANSACTION_COORDINATOR_FENCED);
        assertThat(append(ADA, 4, 0, 1).baseOffset()).isEqualTo(2);
    }

    @Test
    void whereEachTransactionHasItsEpochAMarkerMustBearAHigherOneUnlessItIsRepeated() {
        append(ADA, 3, 0, 1);
        assertThat(rejection(end(ADA, 3, 0, true, 2))).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
        assertThat(end(ADA, 4, 0, true, 2)).isInstanceOf(Appended.class);
        assertThat(end(ADA, 4, 0, true, 2)).isInstanceOf(Appended.class);
        assertThat(append(ADA, 4, 0, 1)).isNotNull();
        assertThat(rejection(end(ADA, 4, 0, true, 2))).isEqualTo(ErrorCode.INVALID_PRODUCER_EPOCH);
    }

    @Test
    @Tag("wire-17")
    void theSequencesOfAnAbortedTransactionAreNotRepeatsAfterTheEpochRose() {
        append(ADA, 0, 0, 1);
        assertThat(append(ADA, 0, 0, 1).baseOffset()).isZero();
        end(ADA, 1, false);
        assertThat(append(ADA, 1, 0, 1).baseOffset()).isEqualTo(2);
    }

    @Test
    void aBatchOutsideTheOpenTransactionIsRefused() {
        append(ADA, 0, 0, 1);
        assertThat(rejection(broker.append(orders, Batches.idempotent(ADA, 0, 1, "x", 1))))
                .isEqualTo(ErrorCode.INVALID_TXN_STATE);
    }

    @Test
    void onlyTheFirstBatchOfATransactionAsksTheCoordinator() {
        append(ADA, 0, 0, 1);
        append(ADA, 0, 1, 1);
        append(ADA, 0, 1, 1);
        assertThat(coordinator.questions).hasSize(1);
        end(ADA, 0, true);
        append(ADA, 0, 2, 1);
        assertThat(coordinator.questions).hasSize(2);
        assertThat(coordinator.questions.get(1))
                .isEqualTo(
                        new TransactionVerifier.Question(
                                "t7", ADA, (short) 0, List.of(orders.id()), true));
    }

    @Test
    @Tag("wire-40")
    @Tag("wire-21")
    void batchesThatWaitForTheCoordinatorKeepTheirOrderAndHoldUpNobodyElse() {
        coordinator.prompt = false;
        List<CompletableFuture<AppendResult>> sent = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            sent.add(send(ADA, 0, i, 1));
        }
        broker.loop.runAll();
        assertThat(broker.append(orders, "other", 1)).isEqualTo(new Appended(0, 0, -1, 0));
        sent.add(send(ADA, 0, 4, 1));
        coordinator.answer(0, ErrorCode.NONE);
        sent.add(send(ADA, 0, 5, 1));
        broker.loop.runAll();
        assertThat(coordinator.questions).hasSize(1);
        for (int i = 0; i < sent.size(); i++) {
            assertThat(sent.get(i).join()).isEqualTo(new Appended(i + 1, i + 1, -1, 0));
        }
    }

    @Test
    void aRefusalOfTheCoordinatorRefusesAllThatWaited() {
        coordinator.prompt = false;
        CompletableFuture<AppendResult> first = send(ADA, 0, 0, 1);
        CompletableFuture<AppendResult> second = send(ADA, 0, 1, 1);
        broker.loop.runAll();
        coordinator.answer(0, ErrorCode.CONCURRENT_TRANSACTIONS);
        assertThat(rejection(broker.await(first))).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        assertThat(rejection(second.join())).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        assertThat(orders.snapshot().orElseThrow().logEndOffset()).isZero();
    }

    @Test
    void aBatchVerifiedBeforeTheMarkerMayNotFollowIt() {
        coordinator.prompt = false;
        CompletableFuture<AppendResult> late = send(ADA, 0, 0, 1, false);
        broker.loop.runAll();
        end(ADA, 0, false);
        coordinator.answer(0, ErrorCode.NONE);
        assertThat(rejection(broker.await(late))).isEqualTo(ErrorCode.INVALID_TXN_STATE);
        assertThat(lastStable()).isEqualTo(1);
    }

    @Test
    void withoutTheCoordinatorsWordNoTransactionBegins() {
        ByteBuf batch = Batches.transactional(ADA, 0, 0, "x", 1);
        assertThat(rejection(broker.append(orders, batch))).isEqualTo(ErrorCode.INVALID_TXN_STATE);
    }

    @Test
    void aTransactionWithAnEpochOfItsOwnBeginsWithSequenceZero() {
        assertThat(rejection(broker.await(send(ADA, 0, 4, 1))))
                .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(broker.await(send(ADA, 0, 4, 1, false))).isInstanceOf(Appended.class);
    }

    @Test
    @Tag("wire-16")
    void aCoordinatorThatDoesNotAnswerCostsNoMoreThanTheTimeout() {
        coordinator.prompt = false;
        CompletableFuture<AppendResult> first = send(ADA, 0, 0, 1);
        CompletableFuture<AppendResult> second = send(ADA, 0, 1, 1);
        broker.loop.runAll();
        broker.loop.advance(Duration.ofSeconds(31));
        assertThat(rejection(first.join())).isEqualTo(ErrorCode.REQUEST_TIMED_OUT);
        assertThat(rejection(second.join())).isEqualTo(ErrorCode.REQUEST_TIMED_OUT);
        coordinator.answer(0, ErrorCode.NONE);
        broker.loop.runAll();
        assertThat(orders.snapshot().orElseThrow().logEndOffset()).isZero();
    }

    @Test
    void waitsOfReadersOfCommittedRecordsFireWhenAMarkerMovesTheLastStableOffset() {
        List<String> fired = new ArrayList<>();
        append(ADA, 0, 0, 1);
        orders.onAdvance(0, Isolation.READ_COMMITTED, () -> fired.add("committed"));
        orders.onAdvance(1, Isolation.READ_UNCOMMITTED, () -> fired.add("uncommitted"));
        append(ADA, 0, 1, 1);
        assertThat(fired).containsExactly("uncommitted");
        end(ADA, 0, true);
        assertThat(fired).containsExactly("uncommitted", "committed");
    }

    @Test
    void deletingRecordsOfAnOpenTransactionMovesTheLastStableOffsetWithTheLogStart() {
        append(ADA, 0, 0, 3);
        broker.append(orders, "plain", 2);
        assertThat(broker.await(orders.deleteRecordsBefore(2))).isEqualTo(2);
        assertThat(lastStable()).isEqualTo(2);
        assertThat(broker.await(orders.deleteRecordsBefore(-1))).isEqualTo(5);
        assertThat(lastStable()).isEqualTo(5);
        restart(true);
        broker.append(orders, "plain", 1);
        assertThat(lastStable()).isEqualTo(5);
        end(ADA, 0, false);
        assertThat(lastStable()).isEqualTo(7);
    }

    @Test
    @Tag("wire-18")
    void producersExpireByTheTimeOfTheirAppendsAndNotInATransaction() {
        broker.append(orders, Batches.idempotent(99, 0, 0, "idle", 1));
        append(ADA, 0, 0, 1);
        clock.advance(Duration.ofHours(25));
        broker.await(broker.table.applyRetention(Duration.ofHours(24).toMillis()));
        assertThat(broker.await(orders.producers()))
                .extracting(ProducerState::producerId)
                .containsExactly(ADA);
        assertThat(broker.append(orders, Batches.idempotent(99, 0, 17, "back", 1)))
                .isInstanceOf(Appended.class);
    }
}
