package io.millrace.system.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.simulation.history.HistoryChecker;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** ZooKeeper is away altogether for minutes: {@code -Densemble.down.seconds=300}. */
@Tag("slow")
class EnsembleDownTest {
    private static final Duration PATIENCE = Duration.ofSeconds(300);
    private static final long LOOK_MS = 5_000;

    @Test
    void recordsFlowWithoutZooKeeperAndOperationsWorkWhenItIsBack() throws Exception {
        Assumptions.assumeFalse(Cluster.isApache(), "Apache Kafka 4 has no ZooKeeper");
        long seconds = Long.getLong("ensemble.down.seconds", 300);
        try (Cluster cluster = Cluster.start(Network.open(), 0, Map.of());
                ClusterState state = new ClusterState(cluster)) {
            state.awaitMembers(PATIENCE);
            Workload workload = new Workload(cluster, state, "down");
            workload.begin(new SplittableRandom(1), Map.of());
            Pause.millis(LOOK_MS);

            cluster.ensemble().forEach(Node::kill);
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            long before = workload.acknowledged();
            while (System.nanoTime() < until) {
                Pause.millis(LOOK_MS);
                long now = workload.acknowledged();
                assertThat(now).as("records acknowledged without ZooKeeper").isGreaterThan(before);
                before = now;
            }
            cluster.ensemble().forEach(Node::start);

            state.awaitWhole(PATIENCE);
            state.createTopic("afterwards", 3, Map.of(), PATIENCE);
            Node leader = cluster.broker(state.leader(workload.topic(), 0).orElseThrow());
            leader.kill();
            Pause.millis(LOOK_MS);
            leader.start();
            state.awaitWhole(PATIENCE);
            HistoryChecker.Verdict verdict = workload.finish();
            System.out.println(
                    "ZooKeeper away for "
                            + seconds
                            + " s: "
                            + workload.acknowledged()
                            + " records acknowledged, verdict "
                            + verdict.counts());
            assertThat(verdict.broken()).isEmpty();
        }
    }
}
