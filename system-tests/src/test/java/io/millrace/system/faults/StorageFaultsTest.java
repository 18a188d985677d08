package io.millrace.system.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.simulation.history.HistoryChecker;
import io.millrace.simulation.history.Probe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Loss of power of the whole cluster, and damaged replicas, many times. {@code -Dpower.losses=50
 * -Ddamages=100 -Dfaults.seed=7}.
 */
@Tag("slow")
class StorageFaultsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(300);
    private static final int DISK_MEGABYTES = 256;
    private static final int LOSSES_A_ROUND = 5;
    private static final int DAMAGES_A_ROUND = 10;
    private static final int WORK_MIN_MS = 2_000;
    private static final int WORK_MAX_MS = 5_000;

    private final long seed = Long.getLong("faults.seed", System.nanoTime());
    private final SplittableRandom random = new SplittableRandom(seed);

    /** Acknowledged means on the device. */
    private static Map<String, String> flushed() {
        return Cluster.isApache() ? Map.of("flush.messages", "1") : Map.of("flush.on.ack", "true");
    }

    @Test
    void nothingAcknowledgedIsLostWhenAllLosePowerAtOnce() throws Exception {
        Assumptions.assumeTrue(Disk.loopsArePossible(), "loop devices are not allowed here");
        int losses = Integer.getInteger("power.losses", 50);
        System.out.println("faults.seed=" + seed);
        try (Cluster cluster = Cluster.start(Network.open(), DISK_MEGABYTES, Map.of());
                ClusterState state = new ClusterState(cluster)) {
            state.awaitMembers(PATIENCE);
            // ZooKeeper does not force its very first snapshot, and starts from nothing without it.
            cluster.ensemble()
                    .forEach(server -> Shell.run("sync -f " + cluster.disk(server).directory()));
            int done = 0;
            long acknowledged = 0;
            while (done < losses) {
                Workload workload = begin(cluster, state, "power" + done, flushed());
                for (int i = 0; i < LOSSES_A_ROUND && done < losses; i++, done++) {
                    work();
                    losePower(cluster);
                    state.awaitWhole(PATIENCE);
                }
                work();
                acknowledged += judge(cluster, workload);
                System.out.println(
                        done + " losses of power, " + acknowledged + " acknowledged, none lost");
            }
        }
    }

    @Test
    void aDamagedReplicaHealsWithoutLoss() throws Exception {
        int damages = Integer.getInteger("damages", 100);
        System.out.println("faults.seed=" + seed);
        try (Cluster cluster = Cluster.start(Network.open(), 0, Map.of());
                ClusterState state = new ClusterState(cluster)) {
            state.awaitMembers(PATIENCE);
            int done = 0;
            long acknowledged = 0;
            while (done < damages) {
                Workload workload = begin(cluster, state, "damage" + done, Map.of());
                for (int i = 0; i < DAMAGES_A_ROUND && done < damages; i++, done++) {
                    work();
                    damage(cluster, workload);
                    state.awaitWhole(PATIENCE);
                }
                work();
                acknowledged += judge(cluster, workload);
                System.out.println(
                        done + " damaged replicas, " + acknowledged + " acknowledged, none lost");
            }
        }
    }

    private Workload begin(
            Cluster cluster, ClusterState state, String name, Map<String, String> config) {
        Workload workload = new Workload(cluster, state, name);
        workload.begin(random.split(), config);
        return workload;
    }

    private void work() {
        Pause.millis(random.nextInt(WORK_MIN_MS, WORK_MAX_MS));
    }

    private static void losePower(Cluster cluster) {
        List<Node> all = new ArrayList<>(cluster.brokers());
        all.addAll(cluster.ensemble());
        all.forEach(Node::pause); // the instant of the loss: nobody writes from here on
        cluster.disks().forEach(Disk::copyAsAfterPowerLoss);
        all.forEach(Node::kill);
        cluster.disks().forEach(Disk::powerOn);
        cluster.reviveAll();
    }

    private void damage(Cluster cluster, Workload workload) {
        Node victim = cluster.brokers().get(random.nextInt(Cluster.BROKERS));
        victim.kill();
        String what =
                new LogDamage(cluster.disk(victim).directory(), random.split())
                        .damageOne(workload.topic());
        System.out.println("broker " + victim.id() + ": " + what);
        workload.chronicle().recorder().note("faults", new Probe.Fault(what, true));
        victim.start();
    }

    private static long judge(Cluster cluster, Workload workload) throws Exception {
        HistoryChecker.Verdict verdict;
        try {
            verdict = workload.finish();
        } catch (Exception e) {
            workload.chronicle().writeTo(cluster.directory().resolve("failed.jsonl"));
            throw e;
        }
        if (!verdict.isGood()) {
            workload.chronicle().writeTo(cluster.directory().resolve("failed.jsonl"));
        }
        assertThat(verdict.broken()).isEmpty();
        long acknowledged = workload.acknowledged();
        workload.deleteTopics();
        return acknowledged;
    }
}
