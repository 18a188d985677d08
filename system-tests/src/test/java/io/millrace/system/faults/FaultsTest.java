package io.millrace.system.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The fault matrix on real processes. {@code -Dfaults.minutes=120 -Dfaults.seed=7
 * -Dcluster.directory=/somewhere} (which keeps logs and histories).
 */
@Tag("slow")
class FaultsTest {
    private static final int FAULTS_A_ROUND = 8;
    private static final int DISK_MEGABYTES = 400;
    private static final Duration START_PATIENCE = Duration.ofSeconds(300);

    @Test
    void nothingIsLostDuplicatedReorderedOrTornUnderFaults() throws Exception {
        long minutes = Long.getLong("faults.minutes", 10);
        long seed = Long.getLong("faults.seed", System.nanoTime());
        System.out.println("faults.seed=" + seed);
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        int disk = Disk.loopsArePossible() ? DISK_MEGABYTES : 0;
        try (Cluster cluster = Cluster.start(Network.open(), disk, Map.of(), true);
                ClusterState state = new ClusterState(cluster)) {
            state.awaitMembers(START_PATIENCE);
            FaultRun run = new FaultRun(cluster, state, seed, Map.of());
            try {
                do {
                    next(run);
                } while (System.nanoTime() < until);
            } finally {
                System.out.println(run.summary());
            }
            assertThat(run.badRounds()).isEmpty();
        }
    }

    /** All kinds alone first, then pairs and storms in turn. */
    private static void next(FaultRun run) throws Exception {
        if (run.faultsInjected() < run.kinds()) {
            run.round(FaultRun.Shape.SINGLE, FAULTS_A_ROUND);
        } else if (run.faultsInjected() % 2 == 0) {
            run.round(FaultRun.Shape.PAIRS, FAULTS_A_ROUND);
        } else {
            run.round(FaultRun.Shape.STORM, FAULTS_A_ROUND + 1);
        }
    }
}
