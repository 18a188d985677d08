package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Elections that an operator or the timer of balancing asks for. */
class ElectionPlanTest {
    private final DecidedCluster cluster =
            new DecidedCluster(3).topic(List.of(List.of(0, 1, 2), List.of(1, 2, 0)));

    private ErrorCode elect(ElectionType type) {
        return cluster.decide(
                        new ElectionPlan(cluster.basis())
                                .elect(type, Optional.of(List.of(new ElectionWish("t", 0)))))
                .get(0)
                .error();
    }

    @Test
    void thePreferredReplicaLeadsAgainOnceItIsInSync() {
        assertThat(elect(ElectionType.PREFERRED)).isEqualTo(ErrorCode.ELECTION_NOT_NEEDED);
        cluster.fence(0);
        cluster.beat(0);
        assertThat(elect(ElectionType.PREFERRED))
                .isEqualTo(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE);
        assertThat(cluster.partition().leader()).isEqualTo(1);

        cluster.wish(0, 1, 2);
        assertThat(elect(ElectionType.PREFERRED)).isEqualTo(ErrorCode.NONE);
        assertThat(cluster.partition().leader()).isZero();
    }

    @Test
    void anybodyLeadsWhenAnOperatorGivesUpWaiting() {
        assertThat(elect(ElectionType.UNCLEAN)).isEqualTo(ErrorCode.ELECTION_NOT_NEEDED);
        cluster.minIsr = 1;
        cluster.wish(0);
        cluster.fence(0);
        assertThat(cluster.partition().hasLeader()).isFalse();

        assertThat(elect(ElectionType.UNCLEAN)).isEqualTo(ErrorCode.NONE);
        assertThat(cluster.partition().leader()).isEqualTo(1);
        assertThat(cluster.partition().isr()).containsExactly(1);
        assertThat(cluster.partition().elr()).isEmpty();
    }

    @Test
    void nobodyLeadsWhenNobodyIsThere() {
        cluster.fence(0, 1, 2);

        assertThat(elect(ElectionType.UNCLEAN)).isEqualTo(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE);
    }

    @Test
    void anElectionOfEverythingTellsOnlyWhatChangedOrCouldNot() {
        cluster.fence(0);
        List<ElectionResult> results =
                new ElectionPlan(cluster.basis())
                        .elect(ElectionType.PREFERRED, Optional.empty())
                        .answer();

        assertThat(results)
                .singleElement()
                .satisfies(
                        r -> {
                            assertThat(r.index()).isZero();
                            assertThat(r.error())
                                    .isEqualTo(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE);
                        });
    }

    @Test
    void leadershipGoesBackWhereABrokerLacksMoreThanItsShare() {
        List<List<Integer>> replicas = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            replicas.add(List.of(i % 3, (i + 1) % 3));
        }
        DecidedCluster wide = new DecidedCluster(3).topic(replicas);
        wide.minIsr = 1;
        wide.fence(0);
        wide.beat(0);
        assertThat(new ElectionPlan(wide.basis()).balance(10)).as("not in sync").isEmpty();
        for (int i = 0; i < 30; i++) {
            joinIsr(wide, i);
        }

        assertThat(new ElectionPlan(wide.basis()).balance(100)).isEmpty();
        wide.apply(new ElectionPlan(wide.basis()).balance(10));
        assertThat(wide.image.topic(DecidedCluster.TOPIC).partitions())
                .allSatisfy(p -> assertThat(p.leader()).isEqualTo(p.replicas().get(0)));
    }

    private static void joinIsr(DecidedCluster cluster, int index) {
        var partition = cluster.image.topic(DecidedCluster.TOPIC).partitions().get(index);
        List<IsrChange.Member> members =
                partition.replicas().stream().map(id -> new IsrChange.Member(id, id)).toList();
        cluster.decide(
                new IsrPlan(cluster.basis())
                        .alter(
                                partition.leader(),
                                partition.leader(),
                                List.of(
                                        new IsrChange(
                                                DecidedCluster.TOPIC,
                                                index,
                                                partition.leaderEpoch(),
                                                partition.partitionEpoch(),
                                                members))));
    }
}
