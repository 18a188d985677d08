package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.RandomSource;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.zk.session.SimulatedEnsemble.Fate;
import io.millrace.zk.session.SimulatedEnsemble.Faults;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several brokers that die, lie about each other's deaths, and come back; from a seed. */
class ControllerStormTest {
    private static final Duration SETTLE = Duration.ofSeconds(3);
    private static final Duration SHORT = Duration.ofMillis(200);

    @TempDir Path directory;

    private SimulatedCluster cluster;

    private void start(long seed, Faults faults, int brokers) {
        cluster = new SimulatedCluster(seed, directory, faults);
        for (int id = 0; id < brokers; id++) {
            cluster.start(id);
        }
        cluster.run(SETTLE);
        cluster.controller()
                .node
                .controller()
                .createTopics(
                        List.of(
                                NewTopic.sized("t", 6, 3, Map.of("min.insync.replicas", "2")),
                                NewTopic.sized("one", 2, 1, Map.of())),
                        false);
        cluster.run(SETTLE);
    }

    private SimulatedCluster.Broker notTheController() {
        int leader = cluster.controller().id;
        return cluster.brokers.stream().filter(b -> b.id != leader).findFirst().orElseThrow();
    }

    @Test
    void aBrokerThatRefusesConnectionsIsFencedLongBeforeItsSessionEnds() {
        start(1, Faults.none(), 3);
        SimulatedCluster.Broker victim = notTheController();
        victim.die();
        cluster.controller().sayRefused(victim);
        cluster.run(SHORT);

        MetadataImage image = cluster.controller().image();
        assertThat(image.broker(victim.id).fenced()).isTrue();
        assertThat(image.topic("t").partitions())
                .allSatisfy(
                        p -> {
                            assertThat(p.leader()).isNotEqualTo(victim.id).isNotNegative();
                            assertThat(p.isr()).doesNotContain(victim.id);
                        });
    }

    @Test
    void aBrokerThatIsSaidToRefuseAndLivesComesBackSoonTheSecondTimeLater() {
        start(2, Faults.none(), 3);
        SimulatedCluster.Broker slandered = notTheController();
        cluster.controller().sayRefused(slandered);
        cluster.run(SETTLE);
        assertThat(cluster.controller().image().broker(slandered.id).fenced()).isFalse();

        cluster.controller().sayRefused(slandered);
        cluster.run(SHORT);
        assertThat(cluster.controller().image().broker(slandered.id).fenced()).isTrue();
        cluster.run(SETTLE);
        assertThat(cluster.controller().image().broker(slandered.id).fenced()).isFalse();
    }

    @Test
    void aControllerThatRefusesConnectionsIsReplacedLongBeforeItsSessionEnds() {
        start(3, Faults.none(), 3);
        SimulatedCluster.Broker old = cluster.controller();
        int epoch = old.image().controllerEpoch();
        old.die();
        List.copyOf(cluster.brokers).forEach(broker -> broker.sayRefused(old));
        cluster.run(SHORT);

        MetadataImage image = cluster.controller().image();
        assertThat(image.controllerEpoch()).isGreaterThan(epoch);
        assertThat(image.broker(old.id).fenced()).isTrue();
        assertThat(image.topic("t").partitions())
                .allSatisfy(p -> assertThat(p.leader()).isNotEqualTo(old.id).isNotNegative());
    }

    @Test
    void aControllerThatIsSaidToRefuseAndLivesGivesWayAndServesOn() {
        start(4, Faults.none(), 3);
        SimulatedCluster.Broker old = cluster.controller();
        cluster.brokers.stream().filter(b -> b != old).forEach(b -> b.sayRefused(old));
        cluster.run(SETTLE);
        int epochAfter = cluster.brokers.get(0).image().controllerEpoch();

        assertThat(epochAfter).isGreaterThan(1);
        for (SimulatedCluster.Broker broker : cluster.brokers) {
            assertThat(broker.image().controllerEpoch()).isEqualTo(epochAfter);
            assertThat(broker.image().broker(old.id).fenced()).isFalse();
            assertThat(broker.broken).isNull();
        }
    }

    /** Faults of every kind at random, then peace: all are back, and every partition is led. */
    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33, 34, 35, 36, 37, 38, 39, 40})
    void brokersComeAndGoAndNobodyLeadsWhoMayNot(long seed) {
        RandomSource dice = RandomSource.seeded(seed * 37);
        boolean[] peace = {true};
        Faults faults =
                new Faults() {
                    @Override
                    public Fate next() {
                        int roll = peace[0] ? 99 : dice.nextInt(80);
                        return roll == 0
                                ? Fate.LOST_BEFORE
                                : roll == 1 ? Fate.LOST_AFTER : Fate.ANSWERED;
                    }

                    @Override
                    public int lagMs() {
                        return peace[0] ? 0 : dice.nextInt(3) * 10;
                    }
                };
        start(seed, faults, 4);
        peace[0] = false;
        List<Dead> dead = new ArrayList<>();
        for (int round = 0; round < 120; round++) {
            disturb(dice, dead);
            for (int i = 0; i < 4; i++) {
                wish(dice);
            }
            cluster.run(Duration.ofMillis(5 + dice.nextInt(150)));
        }
        peace[0] = true;
        dead.forEach(
                grave -> {
                    cluster.ensemble.expire(grave.broker.znodes);
                    cluster.start(grave.broker.id, grave.broker.directoryId, grave.marker());
                });
        cluster.run(Duration.ofSeconds(90));

        MetadataImage image = cluster.controller().image();
        assertThat(image.brokers()).hasSize(4);
        assertThat(image.brokers().values())
                .as("seed %d", seed)
                .allSatisfy(b -> assertThat(b.isEligible()).isTrue());
        for (String topic : List.of("t", "one")) {
            for (PartitionImage p : image.topic(topic).partitions()) {
                assertThat(p.hasLeader()).as("seed %d: %s", seed, p).isTrue();
            }
        }
        assertThat(cluster.elections).as("seed %d", seed).isPositive();
        for (SimulatedCluster.Broker broker : cluster.brokers) {
            assertThat(broker.broken).as("seed %d", seed).isNull();
            assertThat(broker.image().offset())
                    .as("seed %d", seed)
                    .isEqualTo(cluster.brokers.get(0).image().offset());
        }
    }

    /** A broker that died, and what its marker says. */
    private record Dead(SimulatedCluster.Broker broker, boolean clean, long epoch) {
        OptionalLong marker() {
            return clean ? OptionalLong.of(epoch) : OptionalLong.empty();
        }
    }

    private void disturb(RandomSource dice, List<Dead> dead) {
        SimulatedCluster.Broker broker = cluster.brokers.get(dice.nextInt(cluster.brokers.size()));
        switch (dice.nextInt(8)) {
            case 0 -> {
                if (cluster.brokers.size() > 2) {
                    BrokerImage self = broker.image().broker(broker.id);
                    long epoch = self == null ? 0 : self.epoch();
                    broker.die();
                    dead.add(new Dead(broker, dice.nextInt(2) == 0, epoch));
                    if (dice.nextInt(2) == 0) {
                        List.copyOf(cluster.brokers).forEach(b -> b.sayRefused(broker));
                    }
                }
            }
            case 1 -> {
                if (!dead.isEmpty()) {
                    Dead grave = dead.remove(dice.nextInt(dead.size()));
                    cluster.start(grave.broker.id, grave.broker.directoryId, grave.marker());
                }
            }
            case 2 -> {
                if (!dead.isEmpty()) {
                    cluster.ensemble.expire(dead.get(0).broker.znodes);
                }
            }
            case 3 -> cluster.ensemble.expire(broker.znodes);
            case 4 -> broker.sayRefused(cluster.brokers.get(dice.nextInt(cluster.brokers.size())));
            case 5 -> reassign(dice);
            default -> {}
        }
    }

    private void reassign(RandomSource dice) {
        int first = dice.nextInt(4);
        List<Integer> target = List.of(first, (first + 1) % 4, (first + 2) % 4);
        ReassignmentWish wish =
                new ReassignmentWish(
                        "t",
                        dice.nextInt(6),
                        dice.nextInt(3) == 0 ? Optional.empty() : Optional.of(target));
        cluster.anyController().alterReassignments(List.of(wish), true);
    }

    /** Some leader wants some in-sync replicas, as it sees them. */
    private void wish(RandomSource dice) {
        SimulatedCluster.Broker broker = cluster.brokers.get(dice.nextInt(cluster.brokers.size()));
        MetadataImage image = broker.image();
        BrokerImage self = image.broker(broker.id);
        PartitionImage partition = image.partition("t", dice.nextInt(6));
        if (self == null || partition == null || partition.leader() != broker.id) {
            return;
        }
        List<IsrChange.Member> members = new ArrayList<>();
        for (int id : partition.replicas()) {
            BrokerImage member = image.broker(id);
            if (member != null && (id == broker.id || dice.nextInt(4) > 0)) {
                members.add(new IsrChange.Member(id, member.epoch()));
            }
        }
        int index = image.topic("t").partitions().indexOf(partition);
        UUID topic = image.topic("t").id();
        cluster.anyController()
                .alterPartitions(
                        broker.id,
                        self.epoch(),
                        List.of(
                                new IsrChange(
                                        topic,
                                        index,
                                        partition.leaderEpoch(),
                                        partition.partitionEpoch(),
                                        members)));
    }
}
