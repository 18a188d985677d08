package io.millrace.broker.group;

import static io.millrace.broker.group.GroupHarness.GROUP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import io.millrace.protocol.message.TxnOffsetCommitRequest;
import io.millrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition;
import io.millrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.millrace.protocol.message.TxnOffsetCommitResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Offsets committed in transactions: kept back until the marker, and so after a restart. */
final class TransactionalCommitsTest {
    private static final long PRODUCER = 7;

    private final GroupHarness groups = new GroupHarness();

    /** What the transaction's coordinator says when it is asked. */
    private CompletableFuture<ErrorCode> verified =
            CompletableFuture.completedFuture(ErrorCode.NONE);

    private boolean added;

    private CompletableFuture<TxnOffsetCommitResponse> send(TxnOffsetCommitRequest request) {
        TransactionVerifier verifier =
                question -> {
                    added = question.add();
                    assertThat(question.partitions()).hasSize(1);
                    return verified.thenApply(code -> Map.of(question.partitions().get(0), code));
                };
        CompletableFuture<TxnOffsetCommitResponse> answer =
                groups.coordinator.commitInTransaction(
                        request, (short) 5, true, verifier, (topic, partition) -> partition < 9);
        groups.loop.runAll();
        return answer;
    }

    private static TxnOffsetCommitRequest request(long offset) {
        return request(offset, 0);
    }

    private static TxnOffsetCommitRequest request(long offset, int partition) {
        return new TxnOffsetCommitRequest()
                .transactionalId("job")
                .groupId(GROUP)
                .producerId(PRODUCER)
                .producerEpoch((short) 3)
                .topics(
                        List.of(
                                new TxnOffsetCommitRequestTopic()
                                        .name("orders")
                                        .partitions(
                                                List.of(
                                                        new TxnOffsetCommitRequestPartition()
                                                                .partitionIndex(partition)
                                                                .committedOffset(offset)))));
    }

    private ErrorCode commit(TxnOffsetCommitRequest request) {
        return ErrorCode.forCode(
                groups.get(send(request)).topics().get(0).partitions().get(0).errorCode());
    }

    private ErrorCode end(boolean commit) {
        return groups.get(
                groups.coordinator.endTransaction(
                        0, new TransactionMarker(PRODUCER, (short) 4, 1, commit, (short) 2)));
    }

    private OffsetFetchResponsePartitions fetch(boolean stable) {
        return groups.get(
                        groups.coordinator.fetchOffsets(
                                GROUP,
                                null,
                                -1,
                                stable,
                                List.of(
                                        new OffsetFetchRequestTopics()
                                                .name("orders")
                                                .partitionIndexes(List.of(0)))))
                .topics()
                .get(0)
                .partitions()
                .get(0);
    }

    @Test
    void anOffsetCountsWhenTheTransactionIsCommitted() {
        assertThat(commit(request(10))).isEqualTo(ErrorCode.NONE);
        assertThat(added).isTrue();
        assertThat(fetch(false).committedOffset()).isEqualTo(-1);
        assertThat(end(true)).isEqualTo(ErrorCode.NONE);
        assertThat(fetch(true).committedOffset()).isEqualTo(10);
    }

    @Test
    void whoNeedsAStableOffsetIsToldToWait() {
        groups.commit("", -1, 5);
        commit(request(10));
        assertThat(fetch(false).committedOffset()).isEqualTo(5);
        assertThat(ErrorCode.forCode(fetch(true).errorCode()))
                .isEqualTo(ErrorCode.UNSTABLE_OFFSET_COMMIT);
        assertThat(fetch(true).committedOffset()).isEqualTo(-1);
        end(false);
        assertThat(fetch(true).committedOffset()).isEqualTo(5);
    }

    @Test
    void aRestartKnowsWhatIsOpenAndWhatHasEnded() {
        groups.commit("", -1, 5);
        commit(request(10));
        groups.restart();
        assertThat(ErrorCode.forCode(fetch(true).errorCode()))
                .isEqualTo(ErrorCode.UNSTABLE_OFFSET_COMMIT);
        end(true);
        groups.restart();
        assertThat(fetch(true).committedOffset()).isEqualTo(10);
        commit(request(20));
        end(false);
        groups.restart();
        assertThat(fetch(true).committedOffset()).isEqualTo(10);
    }

    @Test
    void aLaterCommitOutsideATransactionStaysAlsoAfterARestart() {
        commit(request(10));
        groups.commit("", -1, 50);
        end(true);
        assertThat(fetch(true).committedOffset()).isEqualTo(50);
        groups.restart();
        assertThat(fetch(true).committedOffset()).isEqualTo(50);
    }

    @Test
    void aGroupThatIsDeletedMeanwhileDoesNotComeBack() {
        commit(request(10));
        assertThat(groups.get(groups.coordinator.delete(GROUP))).isEqualTo(ErrorCode.NONE);
        end(true);
        assertThat(fetch(true).committedOffset()).isEqualTo(-1);
        groups.restart();
        assertThat(fetch(true).committedOffset()).isEqualTo(-1);
    }

    @Test
    void whatTheCoordinatorDoesNotKnowIsRefused() {
        verified = CompletableFuture.completedFuture(ErrorCode.TRANSACTION_ABORTABLE);
        CompletableFuture<TxnOffsetCommitResponse> answer = send(request(10));
        assertThatThrownBy(answer::join)
                .hasMessageContaining("__consumer_offsets-0 is not in the transaction");
        assertThat(fetch(true).errorCode()).isZero();
    }

    @Test
    void aTransactionThatEndsWhileItIsAskedForTakesNoMore() {
        verified = new CompletableFuture<>();
        CompletableFuture<TxnOffsetCommitResponse> late = send(request(10));
        end(false);
        verified.complete(ErrorCode.NONE);
        assertThat(groups.get(late).topics().get(0).partitions().get(0).errorCode())
                .isEqualTo(ErrorCode.INVALID_TXN_STATE.code());
        assertThat(fetch(true).errorCode()).isZero();
    }

    /** The client begins it as soon as the end of the one before is decided. */
    @Test
    void theNextTransactionMayBeAskedForWhileTheOneBeforeEnds() {
        commit(request(10));
        verified = new CompletableFuture<>();
        CompletableFuture<TxnOffsetCommitResponse> next =
                send(request(20).producerEpoch((short) 4));
        end(true);
        verified.complete(ErrorCode.NONE);
        assertThat(groups.get(next).topics().get(0).partitions().get(0).errorCode()).isZero();
        assertThat(fetch(false).committedOffset()).isEqualTo(10);
    }

    @Test
    void aFencedProducerLeavesNothingAndTheGroupIsNotDisturbed() {
        JoinGroupResponse member = groups.stableSingle();
        groups.log.refuseNext(ErrorCode.INVALID_PRODUCER_EPOCH);
        CompletableFuture<TxnOffsetCommitResponse> fenced = send(request(10));
        assertThatThrownBy(fenced::join)
                .hasMessageContaining(ErrorCode.INVALID_PRODUCER_EPOCH.message());
        assertThat(fetch(true).errorCode()).isZero();
        assertThat(groups.heartbeat(member.memberId(), member.generationId()))
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    void onlyMembersOfTheGenerationCommitInTheNameOfTheGroup() {
        JoinGroupResponse member = groups.stableSingle();
        assertThat(
                        commit(
                                request(10)
                                        .memberId(member.memberId())
                                        .generationId(member.generationId())))
                .isEqualTo(ErrorCode.NONE);
        assertThat(
                        commit(
                                request(11)
                                        .memberId(member.memberId())
                                        .generationId(member.generationId() + 1)))
                .isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        assertThat(commit(request(12).memberId("stranger").generationId(1)))
                .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(commit(request(13)))
                .as("clients before version 3 cannot say who they are")
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aPartitionThatDoesNotExistAndTextThatIsTooLongAreRefused() {
        assertThat(commit(request(10, 9))).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        TxnOffsetCommitRequest talkative = request(10);
        talkative.topics().get(0).partitions().get(0).committedMetadata("x".repeat(5000));
        assertThat(commit(talkative)).isEqualTo(ErrorCode.OFFSET_METADATA_TOO_LARGE);
        assertThat(fetch(true).errorCode()).isZero();
    }

    @Test
    void offsetsOfOpenTransactionsKeepTheirGroup() {
        groups.commit("", -1, 5);
        commit(request(10));
        groups.advance(java.time.Duration.ofDays(8).toMillis());
        assertThat(fetch(false).committedOffset()).isEqualTo(5);
        end(true);
        assertThat(fetch(true).committedOffset()).isEqualTo(10);
    }
}
