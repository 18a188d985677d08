package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.PartitionRecord;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who leads, and who may, while brokers come and go. */
class LeadershipTest {
    private final DecidedCluster cluster =
            new DecidedCluster(3).topic(List.of(List.of(0, 1, 2), List.of(1, 2, 0), List.of(2)));

    private PartitionImage sole() {
        return cluster.image.topic(DecidedCluster.TOPIC).partitions().get(2);
    }

    @Test
    void leadershipGoesToTheNextInSyncReplicaUnderTheNextEpoch() {
        cluster.fence(0);

        assertThat(cluster.partition().leader()).isEqualTo(1);
        assertThat(cluster.partition().leaderEpoch()).isEqualTo(1);
        assertThat(cluster.partition().isr()).containsExactly(1, 2);
        assertThat(cluster.partition().elr()).isEmpty();
    }

    @Test
    void theLastInSyncReplicaLeavesAnEmptyIsrAndStaysEligible() {
        cluster.fence(0);
        cluster.fence(1);
        assertThat(cluster.partition().elr()).containsExactly(1);
        cluster.fence(2);

        PartitionImage partition = cluster.partition();
        assertThat(partition.leader()).isEqualTo(PartitionRecord.NO_LEADER);
        assertThat(partition.isr()).isEmpty();
        assertThat(partition.elr()).containsExactly(1, 2);
        assertThat(partition.lastKnownElr()).containsExactly(2);

        cluster.beat(0);
        assertThat(cluster.partition().hasLeader()).isFalse();
        cluster.beat(1);
        assertThat(cluster.partition().leader()).isEqualTo(1);
        assertThat(cluster.partition().isr()).containsExactly(1);
        assertThat(cluster.partition().elr()).containsExactly(2);
        assertThat(cluster.partition().lastKnownElr()).isEmpty();
    }

    @Test
    void brokersThatDieTogetherDoNotInheritFromEachOther() {
        cluster.fence(0, 1);

        assertThat(cluster.partition().leader()).isEqualTo(2);
        assertThat(cluster.partition().leaderEpoch()).isEqualTo(1);
        assertThat(cluster.partition().partitionEpoch()).isEqualTo(1);
        assertThat(cluster.partition().elr()).containsExactly(0, 1);
    }

    @Test
    void aCleanlyRestartedBrokerLeadsWhatWaitedForItUnderANewEpoch() {
        cluster.fence(0, 1, 2);
        int before = cluster.partition().leaderEpoch();
        cluster.register(1, true);
        assertThat(cluster.partition().elr()).contains(1);
        cluster.beat(1);

        assertThat(cluster.partition().leader()).isEqualTo(1);
        assertThat(cluster.partition().leaderEpoch()).isGreaterThan(before);
    }

    @Test
    void anUncleanlyRestartedBrokerIsInSyncAndEligibleNoMore() {
        cluster.fence(0);
        cluster.fence(1);
        cluster.register(1, false);
        assertThat(cluster.partition().elr()).isEmpty();
        cluster.register(2, false);

        assertThat(cluster.partition().isr()).isEmpty();
        assertThat(cluster.partition().elr()).isEmpty();
        assertThat(cluster.partition().lastKnownElr()).containsExactly(2);
    }

    @Test
    void whenNobodyIsEligibleOnlyTheLastLeaderLeadsAgainAndTheLogSaysSo() {
        cluster.fence(0);
        cluster.fence(1);
        cluster.register(1, false);
        cluster.register(2, false);
        cluster.beat(0);
        cluster.beat(1);
        assertThat(cluster.partition().hasLeader()).isFalse();

        Decision<BeatAnswer> back =
                new BrokerPlan(cluster.basis())
                        .beat(
                                BrokerBeat.serving(
                                        2, cluster.broker(2).epoch(), cluster.image.offset()),
                                true);
        assertThat(changes(back.records()))
                .filteredOn(c -> c.index() == 0)
                .singleElement()
                .satisfies(c -> assertThat(c.unclean()).isTrue());
        cluster.apply(back.records());
        assertThat(cluster.partition().leader()).isEqualTo(2);
        assertThat(cluster.partition().isr()).containsExactly(2);
    }

    private static List<PartitionChange> changes(List<MetadataRecord> records) {
        return records.stream()
                .filter(PartitionChange.class::isInstance)
                .map(PartitionChange.class::cast)
                .toList();
    }

    @Test
    void aTopicThatAllowsItIsLedByAnybodyAndTheLogSaysSo() {
        cluster.minIsr = 1;
        cluster.wish(0);
        cluster.unclean = true;
        List<MetadataRecord> records = new BrokerPlan(cluster.basis()).fence(Set.of(0));

        assertThat(changes(records))
                .filteredOn(c -> c.index() == 0)
                .singleElement()
                .satisfies(c -> assertThat(c.unclean()).isTrue());
        cluster.apply(records);
        assertThat(cluster.partition().leader()).isEqualTo(1);
        assertThat(cluster.partition().elr()).isEmpty();
    }

    @Test
    void theSoleReplicaIsNotTouchedByItsRestartUntilItIsBack() {
        cluster.register(2, false);
        assertThat(sole().leader()).isEqualTo(2);
        assertThat(sole().isr()).containsExactly(2);
        cluster.beat(2);

        assertThat(sole().leader()).isEqualTo(2);
        assertThat(sole().leaderEpoch()).isEqualTo(1);
    }

    @Test
    void aLogDirectoryThatIsGoneAfterACleanRestartTookItsReplicasAlong() {
        UUID lost = new UUID(60, 1);
        cluster.register(0, OptionalLong.of(0), List.of(DecidedCluster.directory(0), lost));
        cluster.beat(0);
        cluster.wish(0, 1, 2);
        cluster.decide(
                new DirectoryPlan(cluster.basis())
                        .assign(
                                0,
                                cluster.broker(0).epoch(),
                                List.of(
                                        new DirectoryAssignment(DecidedCluster.TOPIC, 0, lost),
                                        new DirectoryAssignment(
                                                DecidedCluster.TOPIC,
                                                1,
                                                DecidedCluster.directory(0)))));
        cluster.minIsr = 3;
        cluster.register(0, true);

        assertThat(cluster.partition().elr()).doesNotContain(0);
        assertThat(cluster.image.topic(DecidedCluster.TOPIC).partitions().get(1).isr())
                .doesNotContain(0);
    }

    @Test
    void whatABrokerLedMovesBeforeItStops() {
        BeatAnswer answer = cluster.stop(0);

        assertThat(answer.mayStop()).isTrue();
        assertThat(cluster.partition().leader()).isEqualTo(1);
        assertThat(cluster.partition().isr()).containsExactly(1, 2);
        assertThat(cluster.broker(0).inControlledShutdown()).isTrue();
    }

    @Test
    void aBrokerIsUnfencedOnlyWhenItHasSeenItsOwnRegistration() {
        cluster.register(0, true);
        long epoch = cluster.broker(0).epoch();
        BeatAnswer early =
                cluster.decide(
                        new BrokerPlan(cluster.basis())
                                .beat(BrokerBeat.serving(0, epoch, epoch - 1), true));

        assertThat(early).isEqualTo(new BeatAnswer(false, true, false));
        assertThat(cluster.broker(0).fenced()).isTrue();
        assertThat(cluster.beat(0)).isEqualTo(new BeatAnswer(true, false, false));
        assertThat(cluster.broker(0).fenced()).isFalse();
    }

    @Test
    void aBrokerThatIsNotAdmittedStaysFenced() {
        cluster.fence(0);
        BeatAnswer answer =
                cluster.decide(
                        new BrokerPlan(cluster.basis())
                                .beat(BrokerBeat.serving(0, 0, cluster.image.offset()), false));

        assertThat(answer.fenced()).isTrue();
        assertThat(cluster.broker(0).fenced()).isTrue();
    }

    @Test
    void whatAnInterruptedFencingLeftIsRepaired() {
        List<MetadataRecord> records = new BrokerPlan(cluster.basis()).fence(Set.of(0));
        cluster.apply(records.subList(0, 1));
        assertThat(cluster.partition().leader()).isZero();

        cluster.apply(new Leadership(cluster.basis()).repair());

        assertThat(cluster.partition().leader()).isEqualTo(1);
        assertThat(cluster.partition().isr()).containsExactly(1, 2);
        assertThat(new Leadership(cluster.basis()).repair()).isEmpty();
    }

    @Test
    void anUnregisteredBrokerIsWaitedForNoMore() {
        cluster.fence(0, 1);
        cluster.fence(2);
        assertThat(cluster.partition().elr()).containsExactly(0, 1, 2);
        cluster.decide(new BrokerPlan(cluster.basis()).unregister(1));

        assertThat(cluster.broker(1)).isNull();
        assertThat(cluster.partition().elr()).containsExactly(0, 2);
    }

    @Test
    void aFailedDirectoryTakesLeadershipAndSyncOfItsReplicasOnly() {
        UUID other = new UUID(60, 1);
        cluster.register(0, OptionalLong.of(0), List.of(DecidedCluster.directory(0), other));
        cluster.beat(0);
        cluster.wish(0, 1, 2);
        cluster.apply(
                new ElectionPlan(cluster.basis())
                        .elect(ElectionType.PREFERRED, java.util.Optional.empty())
                        .records());
        cluster.decide(
                new DirectoryPlan(cluster.basis())
                        .assign(
                                0,
                                cluster.broker(0).epoch(),
                                List.of(new DirectoryAssignment(DecidedCluster.TOPIC, 0, other))));
        assertThat(cluster.partition().leader()).isZero();
        BrokerBeat beat =
                new BrokerBeat(
                        0,
                        cluster.broker(0).epoch(),
                        cluster.image.offset(),
                        false,
                        false,
                        List.of(other));
        BeatAnswer answer = cluster.decide(new BrokerPlan(cluster.basis()).beat(beat, true));

        assertThat(answer.fenced()).isFalse();
        assertThat(cluster.partition().leader()).isEqualTo(1);
        assertThat(cluster.partition().isr()).containsExactly(1, 2);
        assertThat(cluster.wish(0, 1, 2).error())
                .isEqualTo(io.millrace.protocol.error.ErrorCode.INELIGIBLE_REPLICA);
    }

    @Test
    void aBrokerWithoutAnyDirectoryIsFenced() {
        cluster.register(0, true);
        cluster.beat(0);
        BrokerBeat beat =
                new BrokerBeat(
                        0,
                        cluster.broker(0).epoch(),
                        cluster.image.offset(),
                        false,
                        false,
                        List.of(DecidedCluster.directory(0)));

        assertThat(cluster.decide(new BrokerPlan(cluster.basis()).beat(beat, true)).fenced())
                .isTrue();
        assertThat(cluster.broker(0).fenced()).isTrue();
    }
}
