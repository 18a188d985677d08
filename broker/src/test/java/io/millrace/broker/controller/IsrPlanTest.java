package io.millrace.broker.controller;

import static io.millrace.broker.controller.DecidedCluster.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What becomes of the in-sync replicas that leaders wish. */
class IsrPlanTest {
    private final DecidedCluster cluster = new DecidedCluster(4).topic(List.of(List.of(0, 1, 2)));

    @Test
    void aSmallerIsrIsTakenAndTheLeaderEpochStays() {
        IsrVerdict verdict = cluster.wish(0, 1);

        assertThat(verdict.error()).isEqualTo(ErrorCode.NONE);
        assertThat(verdict.state()).isEqualTo(cluster.partition());
        assertThat(cluster.partition().isr()).containsExactly(0, 1);
        assertThat(cluster.partition().leaderEpoch()).isZero();
        assertThat(cluster.partition().partitionEpoch()).isEqualTo(1);
    }

    @Test
    void aWishForWhatIsAlreadySoStillRaisesThePartitionEpoch() {
        IsrChange unknownFate = cluster.change(0, 1);
        assertThat(cluster.wish(0, 1, 2).error()).isEqualTo(ErrorCode.NONE);

        assertThat(cluster.wish(unknownFate).error()).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION);
        assertThat(cluster.partition().isr()).containsExactly(0, 1, 2);
    }

    @Test
    void aWishOfAnEarlierLeaderEpochIsFenced() {
        IsrChange old = cluster.change(0, 1);
        cluster.fence(0);
        cluster.beat(0);

        assertThat(cluster.wish(old).error()).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
    }

    @Test
    void aWishThatKnowsMoreThanTheControllerIsAnswerableByTheNextOneOnly() {
        IsrChange ahead = new IsrChange(TOPIC, 0, 1, 0, cluster.change(0).isr());

        assertThat(cluster.wish(ahead).error()).isEqualTo(ErrorCode.NOT_CONTROLLER);
    }

    @Test
    void onlyTheLeaderIsHeard() {
        List<IsrVerdict> verdicts =
                new IsrPlan(cluster.basis()).alter(1, 1, List.of(cluster.change(0, 1))).answer();

        assertThat(verdicts.get(0).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void anAskerThatHasRegisteredAnewIsRefusedAsAWhole() {
        assertThatThrownBy(
                        () ->
                                new IsrPlan(cluster.basis())
                                        .alter(0, 77, List.of(cluster.change(0, 1))))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error()).isEqualTo(ErrorCode.STALE_BROKER_EPOCH));
    }

    @Test
    void whoIsFencedDoesNotJoin() {
        cluster.fence(2);

        assertThat(cluster.wish(0, 1, 2).error()).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
        assertThat(cluster.partition().isr()).containsExactly(0, 1);
    }

    @Test
    void whoShutsDownDoesNotJoin() {
        cluster.stop(2);

        assertThat(cluster.wish(0, 1, 2).error()).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
    }

    @Test
    void whoCaughtUpInAnEarlierLifeDoesNotJoin() {
        cluster.wish(0, 1);
        IsrChange.Member earlier = cluster.change(2).isr().get(0);
        cluster.register(2, true);
        cluster.beat(2);

        List<IsrChange.Member> members = new java.util.ArrayList<>(cluster.change(0, 1).isr());
        members.add(earlier);
        IsrChange stale = new IsrChange(TOPIC, 0, 0, cluster.partition().partitionEpoch(), members);
        assertThat(cluster.wish(stale).error()).isEqualTo(ErrorCode.INELIGIBLE_REPLICA);
        assertThat(cluster.wish(0, 1, 2).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void membersAreReplicasAndTheLeaderIsOneOfThem() {
        assertThat(cluster.wish(0, 3).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        cluster.wish(0, 1);
        assertThat(cluster.wish(1, 2).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(cluster.wish().error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(cluster.wish(0, 1, 1).error()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void aLeaderWithADamagedCopyGivesUpAndIsNotEligible() {
        cluster.wish(0, 1);
        IsrVerdict verdict = cluster.wish(1);

        assertThat(verdict.error()).isEqualTo(ErrorCode.NEW_LEADER_ELECTED);
        assertThat(cluster.partition().leader()).isEqualTo(1);
        assertThat(cluster.partition().isr()).containsExactly(1);
        assertThat(cluster.partition().elr()).isEmpty();
    }

    @Test
    void whatDoesNotExistIsNamedSo() {
        IsrChange.Member leader = cluster.change(0).isr().get(0);

        assertThat(cluster.wish(new IsrChange(new UUID(9, 9), 0, 0, 0, List.of(leader))).error())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        assertThat(cluster.wish(new IsrChange(TOPIC, 5, 0, 0, List.of(leader))).error())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void whoLeavesBelowTheMinimumStaysEligibleUntilEnoughAreInSyncAgain() {
        cluster.wish(0, 1);
        assertThat(cluster.partition().elr()).isEmpty();
        cluster.wish(0);
        assertThat(cluster.partition().elr()).containsExactly(1);
        cluster.wish(0, 2);
        assertThat(cluster.partition().elr()).isEmpty();
    }
}
