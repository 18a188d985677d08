package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.metadata.record.Reassignment;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Replicas on their way from some brokers to others. */
class ReassignmentPlanTest {
    private final DecidedCluster cluster = new DecidedCluster(6).topic(List.of(List.of(0, 1, 2)));

    private static ErrorCode errorOf(AdminResult<?> result) {
        return result instanceof AdminResult.Rejected<?> rejected
                ? rejected.error()
                : ErrorCode.NONE;
    }

    private AdminResult<ReassignmentWish> cancel() {
        return cluster.decide(
                        new ReassignmentPlan(cluster.basis())
                                .alter(
                                        List.of(new ReassignmentWish("t", 0, Optional.empty())),
                                        true))
                .get(0);
    }

    @Test
    void oldReplicasStayUntilAllNewOnesAreInSync() {
        assertThat(errorOf(cluster.reassign(3, 4, 0))).isEqualTo(ErrorCode.NONE);
        assertThat(cluster.partition().replicas()).containsExactly(3, 4, 0, 1, 2);
        assertThat(cluster.partition().moving().adding()).containsExactly(3, 4);
        assertThat(cluster.partition().moving().removing()).containsExactly(1, 2);
        assertThat(cluster.partition().leader()).isZero();

        cluster.wish(0, 1, 2, 3);
        assertThat(cluster.partition().moving().isUnderWay()).isTrue();
        cluster.wish(0, 1, 2, 3, 4);

        assertThat(cluster.partition().replicas()).containsExactly(3, 4, 0);
        assertThat(cluster.partition().isr()).containsExactly(3, 4, 0);
        assertThat(cluster.partition().moving()).isEqualTo(Reassignment.NONE);
        assertThat(cluster.partition().leader()).isZero();
        assertThat(cluster.partition().leaderEpoch())
                .as("a removed replica cannot take part in the epoch any more")
                .isEqualTo(1);
    }

    @Test
    void aLeaderThatIsMovedAwayHandsOverInTheChangeThatEndsIt() {
        cluster.reassign(3, 4, 5);
        IsrVerdict verdict = cluster.wish(0, 1, 2, 3, 4, 5);

        assertThat(verdict.error()).isEqualTo(ErrorCode.NEW_LEADER_ELECTED);
        assertThat(cluster.partition().leader()).isEqualTo(3);
        assertThat(cluster.partition().isr()).containsExactly(3, 4, 5);
    }

    @Test
    void itEndsWhenEnoughOfTheTargetIsInSyncAlsoWhenAnOldMemberIsDead() {
        cluster.fence(1);
        cluster.reassign(0, 1, 3);
        cluster.wish(0, 2, 3);

        assertThat(cluster.partition().moving()).isEqualTo(Reassignment.NONE);
        assertThat(cluster.partition().replicas()).containsExactly(0, 1, 3);
        assertThat(cluster.partition().isr()).containsExactly(0, 3);
    }

    @Test
    void fewerReplicasAreThereAtOnceIfEnoughOfThemAreInSync() {
        assertThat(errorOf(cluster.reassign(0, 1))).isEqualTo(ErrorCode.NONE);
        assertThat(cluster.partition().replicas()).containsExactly(0, 1);
        assertThat(cluster.partition().moving().isUnderWay()).isFalse();
    }

    @Test
    void anotherOrderIsThereAtOnceAndTheLeaderStays() {
        cluster.reassign(2, 1, 0);

        assertThat(cluster.partition().replicas()).containsExactly(2, 1, 0);
        assertThat(cluster.partition().leader()).isZero();
        assertThat(cluster.partition().leaderEpoch()).isZero();
    }

    @Test
    void cancellingReturnsToTheOriginalOrder() {
        assertThat(errorOf(cancel())).isEqualTo(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS);
        cluster.reassign(5, 4, 3);
        cluster.wish(0, 1, 2, 4);
        assertThat(errorOf(cancel())).isEqualTo(ErrorCode.NONE);

        assertThat(cluster.partition().replicas()).containsExactly(0, 1, 2);
        assertThat(cluster.partition().isr()).containsExactly(0, 1, 2);
        assertThat(cluster.partition().moving()).isEqualTo(Reassignment.NONE);
    }

    @Test
    void cancellingIsRefusedWhenOnlyTheNewReplicasAreLeft() {
        cluster.reassign(3, 4, 5);
        cluster.wish(0, 1, 2, 3);
        cluster.fence(0, 1, 2);
        cluster.register(0, false);
        cluster.register(1, false);
        cluster.register(2, false);

        assertThat(cluster.partition().leader()).isEqualTo(3);
        assertThat(errorOf(cancel())).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    }

    @Test
    void anotherTargetReplacesTheFirstAndKeepsTheOrigin() {
        cluster.reassign(3, 4, 5);
        cluster.reassign(0, 1, 5);

        assertThat(cluster.partition().moving())
                .isEqualTo(new Reassignment(List.of(0, 1, 2), List.of(0, 1, 5)));
        assertThat(cluster.partition().replicas()).containsExactly(0, 1, 5, 2);
    }

    @Test
    void impossibleTargetsAreRefused() {
        assertThat(errorOf(cluster.reassign())).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(errorOf(cluster.reassign(1, 1))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(errorOf(cluster.reassign(1, 9))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        List<AdminResult<ReassignmentWish>> results =
                new ReassignmentPlan(cluster.basis())
                        .alter(
                                List.of(
                                        new ReassignmentWish("t", 0, Optional.of(List.of(0))),
                                        new ReassignmentWish("x", 0, Optional.of(List.of(0)))),
                                false)
                        .answer();
        assertThat(results)
                .extracting(ReassignmentPlanTest::errorOf)
                .containsExactly(
                        ErrorCode.INVALID_REPLICATION_FACTOR, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }
}
