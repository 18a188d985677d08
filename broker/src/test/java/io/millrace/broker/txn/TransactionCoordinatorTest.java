package io.millrace.broker.txn;

import static io.millrace.broker.txn.TransactionHarness.NEW;
import static io.millrace.broker.txn.TransactionHarness.OLD;
import static io.millrace.broker.txn.TransactionHarness.ORDERS_0;
import static io.millrace.broker.txn.TransactionHarness.ORDERS_1;
import static io.millrace.broker.txn.TransactionHarness.TIMEOUT_MS;
import static io.millrace.broker.txn.TransactionHarness.errorOf;
import static io.millrace.broker.txn.TransactionHarness.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class TransactionCoordinatorTest {
    private final TransactionHarness harness = new TransactionHarness();

    @Test
    void aNewIdGetsAFreshProducerIdWithEpochZero() {
        assertThat(harness.init()).isEqualTo(new ProducerIdAndEpoch(1000, (short) 0));
    }

    @Test
    void eachInstanceFencesTheOneBefore() {
        ProducerIdAndEpoch first = harness.init();
        ProducerIdAndEpoch second = harness.init();
        assertThat(second).isEqualTo(first.next());
        assertThat(harness.add(first, OLD, ORDERS_0)).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(harness.add(second, OLD, ORDERS_0)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    @Tag("wire-40")
    void aTimeoutOutsideTheLimitsIsRefused() {
        for (int timeout : List.of(0, -1, TransactionHarness.CONFIG.maxTimeoutMs() + 1)) {
            assertThat(errorOf(harness.tryInit(timeout, ProducerIdAndEpoch.NONE)))
                    .isEqualTo(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
        }
    }

    @Test
    void aCommitReachesEveryPartitionAndIsThenComplete() {
        ProducerIdAndEpoch producer = harness.ongoing(OLD);
        harness.add(producer, OLD, ORDERS_1);
        assertThat(harness.endError(producer, true, OLD)).isEqualTo(ErrorCode.NONE);
        assertThat(harness.markers)
                .extracting(TransactionHarness.Written::partition)
                .containsExactly(ORDERS_0, ORDERS_1);
        assertThat(harness.markers)
                .allSatisfy(
                        written -> {
                            assertThat(written.marker().commit()).isTrue();
                            assertThat(written.marker().producerId())
                                    .isEqualTo(producer.producerId());
                            assertThat(written.marker().producerEpoch())
                                    .isEqualTo(producer.epoch());
                            assertThat(written.marker().coordinatorEpoch()).isEqualTo(1);
                        });
        assertThat(harness.state()).isEqualTo(TransactionState.COMPLETE_COMMIT);
        assertThat(harness.transaction().partitions()).isEmpty();
    }

    @Test
    void theDecisionIsAnsweredAndSentOnlyWhenItIsRecorded() {
        ProducerIdAndEpoch producer = harness.ongoing(OLD);
        harness.log.holdCommits();
        CompletableFuture<ProducerAnswer> end = harness.endLater(producer, true, OLD);
        harness.loop.runAll();
        assertThat(end).isNotDone();
        assertThat(harness.markers).isEmpty();
        harness.log.commitHeld();
        harness.loop.runAll();
        assertThat(end).isDone();
        assertThat(harness.markers).hasSize(1);
    }

    @Test
    void aDecisionThatCannotBeRecordedIsNotTakenAndCanBeTriedAgain() {
        ProducerIdAndEpoch producer = harness.ongoing(OLD);
        harness.log.refuseNext(ErrorCode.NOT_ENOUGH_REPLICAS);
        CompletableFuture<ProducerAnswer> end = harness.endLater(producer, true, OLD);
        harness.loop.runAll();
        assertThatThrownBy(end::join).hasMessageContaining(ErrorCode.NOT_ENOUGH_REPLICAS.message());
        assertThat(harness.markers).isEmpty();
        assertThat(harness.state()).isEqualTo(TransactionState.ONGOING);
        assertThat(harness.endError(producer, true, OLD)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    @Tag("wire-40")
    void anOldClientsRetryOfACommitSucceeds() {
        ProducerIdAndEpoch producer = harness.ongoing(OLD);
        harness.holdMarkers = true;
        assertThat(harness.endError(producer, true, OLD)).isEqualTo(ErrorCode.NONE);
        assertThat(harness.endError(producer, true, OLD))
                .isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        harness.releaseMarkers(ErrorCode.NONE);
        assertThat(harness.endError(producer, true, OLD)).isEqualTo(ErrorCode.NONE);
        assertThat(harness.endError(producer, false, OLD)).isEqualTo(ErrorCode.INVALID_TXN_STATE);
    }

    @Test
    void eachTransactionOfANewClientHasItsOwnEpoch() {
        ProducerIdAndEpoch first = harness.ongoing(NEW);
        ProducerIdAndEpoch second = given(harness.end(first, true, NEW));
        assertThat(second).isEqualTo(first.next());
        assertThat(harness.markers.get(0).marker().producerEpoch())
                .as("the marker fences what the first transaction may still have on the way")
                .isEqualTo(second.epoch());
        assertThat(harness.markers.get(0).marker().transactionVersion()).isEqualTo(NEW);
        assertThat(harness.add(first, NEW, ORDERS_0)).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(harness.add(second, NEW, ORDERS_0)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void anImplicitAddBeginsATransaction() {
        ProducerIdAndEpoch producer = harness.init();
        assertThat(harness.verify(producer, true, ORDERS_0))
                .containsEntry(ORDERS_0, ErrorCode.NONE);
        assertThat(harness.state()).isEqualTo(TransactionState.ONGOING);
        assertThat(harness.transaction().clientVersion()).isEqualTo(NEW);
    }

    @Test
    void theFirstBatchOfATransactionWaitsForTheEndOfTheOneBefore() {
        ProducerIdAndEpoch first = harness.ongoing(NEW);
        harness.holdMarkers = true;
        ProducerIdAndEpoch second = given(harness.end(first, true, NEW));
        var early = harness.verifyLater(second, true, ORDERS_0);
        harness.advance(50);
        assertThat(early).isNotDone();
        harness.releaseMarkers(ErrorCode.NONE);
        assertThat(harness.get(early)).containsEntry(ORDERS_0, ErrorCode.NONE);
        assertThat(harness.state()).isEqualTo(TransactionState.ONGOING);
    }

    @Test
    void itDoesNotWaitForever() {
        ProducerIdAndEpoch first = harness.ongoing(NEW);
        harness.holdMarkers = true;
        ProducerIdAndEpoch second = given(harness.end(first, true, NEW));
        var early = harness.verifyLater(second, true, ORDERS_0);
        harness.advance(100);
        assertThat(harness.get(early)).containsEntry(ORDERS_0, ErrorCode.CONCURRENT_TRANSACTIONS);
    }

    @Test
    void anAbortBeforeTheFirstPartitionNeedsNoMarkers() {
        ProducerIdAndEpoch producer = harness.init();
        assertThat(given(harness.end(producer, false, NEW))).isEqualTo(producer.next());
        assertThat(harness.markers).isEmpty();
        assertThat(harness.state()).isEqualTo(TransactionState.COMPLETE_ABORT);
    }

    @Test
    void aNewInstanceAbortsWhatTheOneBeforeLeftOpen() {
        for (short version : List.of(OLD, NEW)) {
            TransactionHarness fresh = new TransactionHarness();
            ProducerIdAndEpoch dead = fresh.ongoing(version);
            assertThat(fresh.initError(ProducerIdAndEpoch.NONE))
                    .isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
            assertThat(fresh.markers.get(0).marker().commit()).isFalse();
            assertThat(fresh.markers.get(0).marker().producerEpoch())
                    .isEqualTo(dead.next().epoch());
            assertThat(fresh.init()).isEqualTo(dead.next().next());
        }
    }

    @Test
    void theLastEpochIsFollowedByAnotherProducerId() {
        ProducerIdAndEpoch last = lastEpochOf(OLD, TransactionState.EMPTY);
        ProducerIdAndEpoch next = harness.init(last);
        assertThat(next.producerId()).isNotEqualTo(last.producerId());
        assertThat(next.epoch()).isZero();
        assertThat(harness.transaction().previousProducerId()).isEqualTo(last.producerId());
        assertThat(harness.init(last)).as("its retry").isEqualTo(next);
    }

    @Test
    void anAbortBetweenInstancesMayUseTheEpochAboveTheLast() {
        ProducerIdAndEpoch last = lastEpochOf(OLD, TransactionState.ONGOING);
        harness.initError(ProducerIdAndEpoch.NONE);
        assertThat(harness.markers.get(0).marker().producerEpoch()).isEqualTo(Short.MAX_VALUE);
        assertThat(harness.init().producerId()).isNotEqualTo(last.producerId());
    }

    @Test
    void aNewClientsLastEpochIsFollowedByAnotherProducerIdWhenTheTransactionEnds() {
        ProducerIdAndEpoch last = lastEpochOf(NEW, TransactionState.ONGOING);
        harness.holdMarkers = true;
        ProducerIdAndEpoch next = given(harness.end(last, true, NEW));
        assertThat(next.epoch()).isZero();
        assertThat(next.producerId()).isNotEqualTo(last.producerId());
        assertThat(harness.markers.get(0).marker().producerId()).isEqualTo(last.producerId());
        assertThat(harness.markers.get(0).marker().producerEpoch()).isEqualTo(Short.MAX_VALUE);
        harness.restart();
        harness.releaseMarkers(ErrorCode.NONE);
        assertThat(given(harness.end(last, true, NEW))).as("its retry").isEqualTo(next);
        assertThat(harness.add(next, NEW, ORDERS_0)).isEqualTo(ErrorCode.NONE);
    }

    private ProducerIdAndEpoch lastEpochOf(short version, TransactionState state) {
        ProducerIdAndEpoch last = new ProducerIdAndEpoch(7, (short) (Short.MAX_VALUE - 1));
        boolean open = state == TransactionState.ONGOING;
        harness.given(
                new Transaction(
                        TransactionHarness.ID,
                        last,
                        -1,
                        -1,
                        (short) -1,
                        TIMEOUT_MS,
                        state,
                        Transaction.sorted(open ? Set.of(ORDERS_0) : Set.of()),
                        harness.clock.wallMs(),
                        harness.clock.wallMs(),
                        version));
        return last;
    }

    @Test
    void aRecoveringClientsRetryGetsTheSameEpoch() {
        ProducerIdAndEpoch first = harness.init();
        ProducerIdAndEpoch second = harness.init(first);
        assertThat(second).isEqualTo(first.next());
        assertThat(harness.init(first)).isEqualTo(second);
        ProducerIdAndEpoch third = harness.init(second);
        assertThat(harness.initError(first)).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(third).isEqualTo(second.next());
    }

    @Test
    void aClientWhoseOpenTransactionIsAbortedByItsRecoveryGetsTheEpochOfTheAbort() {
        for (short version : List.of(OLD, NEW)) {
            ProducerIdAndEpoch open = harness.ongoing(version);
            assertThat(harness.initError(open)).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
            assertThat(harness.state()).isEqualTo(TransactionState.COMPLETE_ABORT);
            assertThat(harness.init(open)).isEqualTo(open.next());
            assertThat(harness.init(open)).as("asked again").isEqualTo(open.next());
            assertThat(harness.add(open, version, ORDERS_0)).isEqualTo(ErrorCode.PRODUCER_FENCED);
        }
    }

    @Test
    void aRecoveringClientIsNeverGivenTheLastEpochOfAll() {
        ProducerIdAndEpoch last = lastEpochOf(OLD, TransactionState.ONGOING);
        assertThat(harness.initError(last)).isEqualTo(ErrorCode.CONCURRENT_TRANSACTIONS);
        assertThat(harness.transaction().producer().epoch()).isEqualTo(Short.MAX_VALUE);
        ProducerIdAndEpoch next = harness.init(last);
        assertThat(next.producerId()).isNotEqualTo(last.producerId());
        assertThat(next.epoch()).isZero();
        assertThat(harness.init(last)).as("asked again").isEqualTo(next);
    }

    @Test
    void aTransactionBeyondItsTimeoutIsAbortedAndItsProducerFenced() {
        ProducerIdAndEpoch slow = harness.ongoing(OLD);
        harness.advance(TIMEOUT_MS - 1_000);
        assertThat(harness.state()).isEqualTo(TransactionState.ONGOING);
        harness.advance(11_000);
        assertThat(harness.state()).isEqualTo(TransactionState.COMPLETE_ABORT);
        assertThat(harness.markers.get(0).marker().commit()).isFalse();
        assertThat(harness.endError(slow, true, OLD)).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(harness.add(slow, OLD, ORDERS_0)).isEqualTo(ErrorCode.PRODUCER_FENCED);
    }

    @Test
    void whatWasDecidedIsCarriedThroughAfterARestart() {
        ProducerIdAndEpoch producer = harness.ongoing(OLD);
        harness.holdMarkers = true;
        harness.end(producer, true, OLD);
        assertThat(harness.markers).hasSize(1);
        harness.restart();
        assertThat(harness.markers).hasSize(2);
        assertThat(harness.markers.get(1).marker().coordinatorEpoch())
                .as("the later coordinator fences the one before")
                .isEqualTo(2);
        harness.releaseMarkers(ErrorCode.NONE);
        assertThat(harness.state()).isEqualTo(TransactionState.COMPLETE_COMMIT);
    }

    @Test
    void aPartitionThatCannotTakeItsMarkerIsTriedAgain() {
        ProducerIdAndEpoch producer = harness.ongoing(OLD);
        harness.partitionsAnswer = ErrorCode.NOT_LEADER_OR_FOLLOWER;
        harness.end(producer, true, OLD);
        harness.advance(1_000);
        assertThat(harness.markers).hasSizeGreaterThan(5);
        assertThat(harness.state()).isEqualTo(TransactionState.PREPARE_COMMIT);
        harness.partitionsAnswer = ErrorCode.NONE;
        harness.advance(200);
        assertThat(harness.state()).isEqualTo(TransactionState.COMPLETE_COMMIT);
    }

    @Test
    void markersOfAShardThatWasLoadedAgainAreTriedOnce() {
        ProducerIdAndEpoch producer = harness.ongoing(OLD);
        harness.holdMarkers = true;
        harness.end(producer, true, OLD);
        harness.log.refuseNext(ErrorCode.NOT_ENOUGH_REPLICAS);
        harness.coordinator.initialize(
                "other",
                TIMEOUT_MS,
                ProducerIdAndEpoch.NONE,
                () -> CompletableFuture.completedFuture(1L));
        harness.loop.runAll();
        assertThat(harness.markers).as("sent again after loading").hasSize(2);
        harness.markers.get(0).to().complete(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        harness.markers.get(1).to().complete(ErrorCode.NONE);
        harness.advance(1_000);
        assertThat(harness.state()).isEqualTo(TransactionState.COMPLETE_COMMIT);
        assertThat(harness.markers)
                .as("a late one would end the next transaction of an old client")
                .hasSize(2);
    }

    @Test
    @Tag("wire-40")
    void theMarkerOfADeletedPartitionIsDropped() {
        ProducerIdAndEpoch producer = harness.ongoing(OLD);
        harness.partitionsAnswer = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        harness.end(producer, true, OLD);
        assertThat(harness.markers).hasSize(1);
        assertThat(harness.state()).isEqualTo(TransactionState.COMPLETE_COMMIT);
    }

    @Test
    void aFencedCoordinatorStopsWritingAndLeavesTheTransactionToTheNext() {
        ProducerIdAndEpoch producer = harness.ongoing(OLD);
        harness.partitionsAnswer = ErrorCode.TRANSACTION_COORDINATOR_FENCED;
        harness.end(producer, true, OLD);
        harness.advance(10_000);
        assertThat(harness.markers).hasSize(1);
        assertThat(harness.state()).isEqualTo(TransactionState.PREPARE_COMMIT);
    }

    @Test
    void anIdWithoutTransactionsIsForgottenInTime() {
        harness.init();
        harness.advance(TransactionHarness.CONFIG.idExpirationMs() - 3_600_000L);
        assertThat(harness.get(harness.coordinator.describe(TransactionHarness.ID))).isPresent();
        harness.advance(7_200_000);
        assertThat(harness.get(harness.coordinator.describe(TransactionHarness.ID))).isEmpty();
        harness.restart();
        assertThat(harness.get(harness.coordinator.describe(TransactionHarness.ID))).isEmpty();
        assertThat(harness.init(new ProducerIdAndEpoch(1000, (short) 0)).epoch())
                .as("a client that comes back after that is in the right")
                .isZero();
    }

    @Test
    void transactionsAreListedByStateProducerAgeAndName() {
        ProducerIdAndEpoch producer = harness.ongoing(OLD);
        harness.advance(5_000);
        assertThat(listed(new TransactionFilter(null, Set.of(), -1, null))).isEqualTo(1);
        Set<TransactionState> ongoing = Set.of(TransactionState.ONGOING);
        assertThat(listed(new TransactionFilter(ongoing, Set.of(), -1, null))).isEqualTo(1);
        assertThat(listed(new TransactionFilter(Set.of(), Set.of(), -1, null))).isZero();
        assertThat(listed(new TransactionFilter(null, Set.of(producer.producerId()), -1, null)))
                .isEqualTo(1);
        assertThat(listed(new TransactionFilter(null, Set.of(1L), -1, null))).isZero();
        assertThat(listed(new TransactionFilter(null, Set.of(), 4_000, null))).isEqualTo(1);
        assertThat(listed(new TransactionFilter(null, Set.of(), 6_000, null))).isZero();
        assertThat(listed(new TransactionFilter(null, Set.of(), -1, Pattern.compile("pay.*"))))
                .isEqualTo(1);
        assertThat(listed(new TransactionFilter(null, Set.of(), -1, Pattern.compile("pay"))))
                .isZero();
    }

    private int listed(TransactionFilter filter) {
        return harness.get(harness.coordinator.list(filter)).size();
    }

    @Test
    void openTransactionsArePublished() {
        assertThat(harness.coordinator.openTransactions().get(0)).isEqualTo(OpenTransactions.NONE);
        long began = harness.clock.wallMs();
        ProducerIdAndEpoch producer = harness.ongoing(OLD);
        assertThat(harness.coordinator.openTransactions().get(0))
                .isEqualTo(new OpenTransactions(1, began));
        harness.end(producer, true, OLD);
        assertThat(harness.coordinator.openTransactions().get(0)).isEqualTo(OpenTransactions.NONE);
    }

    @Test
    void anotherBrokersShardIsNotServed() {
        harness.coordinator.resign(0);
        assertThatThrownBy(() -> harness.coordinator.describe(TransactionHarness.ID).join())
                .hasMessageContaining(ErrorCode.NOT_COORDINATOR.message());
    }
}
