package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.RandomSource;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.zk.session.SimulatedEnsemble.Fate;
import io.millrace.zk.session.SimulatedEnsemble.Faults;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Brokers, controllers and a simulated ensemble, run from a seed in one thread. */
class ControllerSimulationTest {
    private static final Duration SETTLE = Duration.ofSeconds(3);

    @TempDir Path directory;

    @Test
    void aSingleBrokerRegistersLeadsAndCreatesATopicItThenServes() {
        SimulatedCluster cluster = new SimulatedCluster(1, directory, Faults.none());
        SimulatedCluster.Broker broker = cluster.start(0);
        cluster.run(SETTLE);
        long afterClaimAndLevels = 1L + Feature.values().length;
        assertThat(broker.started).isCompletedWithValue(afterClaimAndLevels);

        CompletableFuture<List<AdminResult<CreatedTopic>>> created =
                broker.node
                        .controller()
                        .createTopics(List.of(NewTopic.sized("orders", 3, 1, Map.of())), false);
        cluster.run(SETTLE);

        assertThat(created).isCompleted();
        PartitionImage partition = broker.image().partition("orders", 2);
        assertThat(partition.leader()).isZero();
        assertThat(partition.isr()).containsExactly(0);
        LocalChanges last = broker.rounds.get(broker.rounds.size() - 1);
        assertThat(last.assigned()).hasSize(3).allMatch(a -> a.state().leader() == 0);
        assertThat(broker.rounds.get(0).complete()).isTrue();
    }

    @Test
    void aChangeLargerThanABatchIsVisibleAsAWhole() {
        SimulatedCluster cluster = new SimulatedCluster(2, directory, Faults.none());
        SimulatedCluster.Broker broker = cluster.start(0);
        cluster.run(SETTLE);

        broker.node
                .controller()
                .createTopics(List.of(NewTopic.sized("wide", 5_000, 1, Map.of())), false);
        while (cluster.step()) {
            var topic = broker.image().topic("wide");
            assertThat(topic == null || topic.partitionCount() == 5_000).isTrue();
        }
        cluster.run(SETTLE);

        assertThat(broker.image().topic("wide").partitionCount()).isEqualTo(5_000);
    }

    @Test
    void aRecordThatNoBatchCanHoldIsRefusedAndTheControllerGoesOn() {
        SimulatedCluster cluster = new SimulatedCluster(5, directory, Faults.none());
        SimulatedCluster.Broker broker = cluster.start(0);
        cluster.run(SETTLE);
        Map<String, String> huge = Map.of("cleanup.policy", "delete,".repeat(30_000));
        CompletableFuture<List<AdminResult<CreatedTopic>>> refused =
                broker.node
                        .controller()
                        .createTopics(List.of(NewTopic.sized("huge", 1, 1, huge)), false);
        CompletableFuture<List<AdminResult<CreatedTopic>>> next =
                broker.node
                        .controller()
                        .createTopics(List.of(NewTopic.sized("next", 1, 1, Map.of())), false);
        cluster.run(SETTLE);

        assertThat(refused)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(ApiException.class)
                .withMessageContaining("does not fit");
        assertThat(next).isCompleted();
        assertThat(broker.image().topic("next")).isNotNull();
        assertThat(broker.image().topic("huge")).isNull();
    }

    @Test
    void aRestartedBrokerLeadsOnlyUnderAnEpochOfItsNewLife() {
        SimulatedCluster cluster = new SimulatedCluster(3, directory, Faults.none());
        SimulatedCluster.Broker old = cluster.start(0);
        cluster.run(SETTLE);
        old.node.controller().createTopics(List.of(NewTopic.sized("t", 1, 1, Map.of())), false);
        cluster.run(SETTLE);
        int epochBefore = old.image().partition("t", 0).leaderEpoch();
        old.crash();

        SimulatedCluster.Broker reborn = cluster.start(0, old.directoryId, OptionalLong.empty());
        cluster.run(SETTLE);

        assertThat(reborn.started).isCompleted();
        assertThat(reborn.image().partition("t", 0).leader()).isZero();
        assertThat(reborn.rounds)
                .flatExtracting(LocalChanges::assigned)
                .filteredOn(a -> a.state().leader() == 0)
                .isNotEmpty()
                .allMatch(a -> a.state().leaderEpoch() > epochBefore);
    }

    @Test
    void leadershipMovesWhenABrokerDiesAndTheLastInSyncReplicaStays() {
        SimulatedCluster cluster = new SimulatedCluster(4, directory, Faults.none());
        for (int id = 0; id < 3; id++) {
            cluster.start(id);
            cluster.run(SETTLE);
        }
        cluster.controller()
                .node
                .controller()
                .createTopics(List.of(NewTopic.sized("t", 6, 3, Map.of())), false);
        cluster.run(SETTLE);
        SimulatedCluster.Broker victim =
                cluster.brokers.stream()
                        .filter(b -> b != cluster.controller())
                        .findFirst()
                        .orElseThrow();
        victim.crash();
        cluster.run(SETTLE);

        MetadataImage image = cluster.controller().image();
        assertThat(image.broker(victim.id).fenced()).isTrue();
        assertThat(image.topic("t").partitions())
                .allSatisfy(
                        p -> {
                            assertThat(p.leader()).isNotEqualTo(victim.id).isNotNegative();
                            assertThat(p.isr()).hasSize(2).doesNotContain(victim.id);
                        });
    }

    /** Faults of every kind at random for a while, then peace: everything acknowledged is there. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26})
    void nothingAcknowledgedIsLostAndNobodySeesTwoHistories(long seed) {
        RandomSource dice = RandomSource.seeded(seed * 31);
        boolean[] peace = {true};
        Faults faults =
                new Faults() {
                    @Override
                    public Fate next() {
                        int roll = peace[0] ? 99 : dice.nextInt(60);
                        return roll == 0
                                ? Fate.LOST_BEFORE
                                : roll == 1 ? Fate.LOST_AFTER : Fate.ANSWERED;
                    }

                    @Override
                    public int lagMs() {
                        return peace[0] ? 0 : dice.nextInt(4) * 10;
                    }
                };
        SimulatedCluster cluster = new SimulatedCluster(seed, directory, faults);
        for (int id = 0; id < 3; id++) {
            cluster.start(id);
        }
        cluster.run(SETTLE);
        peace[0] = false;
        Map<String, CompletableFuture<List<AdminResult<CreatedTopic>>>> asked = new HashMap<>();
        List<String> notVisible = new ArrayList<>();
        for (int round = 0; round < 60; round++) {
            SimulatedCluster.Broker broker = cluster.brokers.get(dice.nextInt(3));
            String topic = "t" + round;
            int partitions = dice.nextInt(10) == 0 ? 1_500 : 2;
            asked.put(
                    topic,
                    broker.node
                            .controller()
                            .createTopics(
                                    List.of(NewTopic.sized(topic, partitions, 1, Map.of())), false)
                            .thenApply(
                                    results -> {
                                        // M8: whoever is answered finds it in the next read.
                                        boolean done = results.get(0) instanceof AdminResult.Done;
                                        if (done && broker.image().topic(topic) == null) {
                                            notVisible.add(topic);
                                        }
                                        return results;
                                    }));
            if (dice.nextInt(8) == 0) {
                cluster.ensemble.expire(cluster.brokers.get(dice.nextInt(3)).znodes);
            }
            cluster.run(Duration.ofMillis(5 + dice.nextInt(60)));
        }
        peace[0] = true;
        cluster.run(Duration.ofSeconds(15));

        List<String> acknowledged = new ArrayList<>();
        asked.forEach(
                (topic, result) -> {
                    assertThat(result).as("seed %d: %s answered", seed, topic).isDone();
                    if (!result.isCompletedExceptionally()
                            && result.join().get(0) instanceof AdminResult.Done<CreatedTopic>) {
                        acknowledged.add(topic);
                    } else if (result.isCompletedExceptionally()) {
                        assertThat(result)
                                .isCompletedExceptionally()
                                .failsWithin(Duration.ZERO)
                                .withThrowableThat()
                                .withCauseInstanceOf(ApiException.class);
                    }
                });
        assertThat(acknowledged).as("seed %d", seed).isNotEmpty();
        assertThat(notVisible).as("seed %d", seed).isEmpty();
        for (SimulatedCluster.Broker broker : cluster.brokers) {
            assertThat(broker.broken).as("seed %d", seed).isNull();
            assertThat(broker.image().offset())
                    .as("seed %d: all brokers arrive", seed)
                    .isEqualTo(cluster.brokers.get(0).image().offset());
            assertThat(acknowledged)
                    .as("seed %d", seed)
                    .allSatisfy(topic -> assertThat(broker.image().topic(topic)).isNotNull());
        }
    }
}
