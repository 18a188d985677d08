package io.millrace.system.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.simulation.history.HistoryChecker;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The fault matrix in half a minute, for every build; {@link FaultsTest} is the whole. */
@Tag("slow")
class ShortFaultsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int WORK_MS = 2_000;

    @Test
    void aKilledLeaderAndAPausedOneCostNothing() throws Exception {
        try (Cluster cluster = Cluster.start(Network.open(), 0, Map.of());
                ClusterState state = new ClusterState(cluster)) {
            state.awaitMembers(PATIENCE);
            Workload workload = new Workload(cluster, state, "short");
            workload.begin(new SplittableRandom(1), Map.of());
            Pause.millis(WORK_MS);

            Node killed = leader(cluster, state, workload);
            killed.kill();
            Pause.millis(WORK_MS);
            killed.start();
            Node paused = leader(cluster, state, workload);
            paused.pause();
            Pause.millis(WORK_MS);
            paused.resume();
            state.awaitWhole(PATIENCE);

            HistoryChecker.Verdict verdict = workload.finish();
            assertThat(verdict.broken()).isEmpty();
            assertThat(workload.acknowledged()).isPositive();
        }
    }

    private static Node leader(Cluster cluster, ClusterState state, Workload workload) {
        return cluster.broker(state.leader(workload.topic(), 0).orElseThrow());
    }
}
