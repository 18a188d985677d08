package io.millrace.system.faults;

import io.millrace.simulation.history.HistoryChecker;
import io.millrace.simulation.history.Probe;
import io.millrace.simulation.history.Violation;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Rounds of faults on one cluster: one alone, in pairs, in storms. Prints what it does. */
final class FaultRun {
    private static final int HOLD_MIN_MS = 2_000;
    private static final int HOLD_MAX_MS = 9_000;
    private static final int SETTLE_MS = 3_000;
    private static final Duration HEAL_PATIENCE = Duration.ofSeconds(240);

    /** How the faults of a round follow each other. */
    enum Shape {
        SINGLE,
        PAIRS,
        STORM
    }

    private final Cluster cluster;
    private final ClusterState state;
    private final SplittableRandom random;
    private final Faults faults;
    private final Map<String, String> topicConfig;
    private final Map<String, Integer> injected = new TreeMap<>();
    private final List<String> bad = new ArrayList<>();
    private int rounds;
    private int nextKind;
    private long events;
    private long acknowledged;

    FaultRun(Cluster cluster, ClusterState state, long seed, Map<String, String> topicConfig) {
        this.cluster = cluster;
        this.state = state;
        this.random = new SplittableRandom(seed);
        this.faults = new Faults(cluster, state, random);
        this.topicConfig = topicConfig;
    }

    int faultsInjected() {
        return injected.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Rounds whose verdict was bad, with their violations. */
    List<String> badRounds() {
        return List.copyOf(bad);
    }

    int kinds() {
        return faults.count();
    }

    /**
     * One round: faults of this shape, then everything heals, then the verdict.
     *
     * @throws AssertionError if the cluster does not heal
     */
    void round(Shape shape, int count) throws Exception {
        rounds++;
        Workload workload = new Workload(cluster, state, "r" + rounds);
        workload.begin(random.split(), topicConfig);
        faults.aimAt(workload.topic(), workload.group());
        Pause.millis(SETTLE_MS);
        List<String> done = new ArrayList<>();
        try {
            for (int i = 0; i < count; ) {
                i +=
                        burst(
                                shape,
                                Math.min(count - i, shape == Shape.PAIRS ? 2 : 4),
                                workload,
                                done);
                Pause.millis(SETTLE_MS);
            }
            cluster.network().heal();
            cluster.reviveAll();
            state.awaitMembers(HEAL_PATIENCE);
            state.restoreReplicas(workload.topic(), HEAL_PATIENCE);
            state.awaitWhole(HEAL_PATIENCE);
        } catch (RuntimeException e) {
            keep(workload);
            throw new AssertionError("round " + rounds + " after " + done + ": " + e, e);
        }
        judge(shape, workload, done);
    }

    private int burst(Shape shape, int size, Workload workload, List<String> done) {
        int together = shape == Shape.SINGLE ? 1 : size;
        List<Fault> open = new ArrayList<>();
        try {
            for (int i = 0; i < together; i++) {
                Fault fault = shape == Shape.SINGLE ? faults.draw(nextKind++) : faults.draw();
                if (shape != Shape.SINGLE && fault.name().startsWith("damage")) {
                    continue; // a lost tail is promised to be survived only alone
                }
                inject(fault, workload, done);
                open.add(fault);
                hold();
            }
        } finally {
            for (Fault fault : open) {
                end(fault, workload);
            }
            cluster.network().heal();
        }
        if (!done.isEmpty() && done.get(done.size() - 1).startsWith("damage")) {
            state.awaitWhole(HEAL_PATIENCE);
        }
        return together;
    }

    private void inject(Fault fault, Workload workload, List<String> done) {
        System.out.println(LocalTime.now().withNano(0) + "   " + fault.name());
        workload.chronicle().recorder().note("faults", new Probe.Fault(fault.name(), true));
        fault.begin();
        done.add(fault.name());
        injected.merge(fault.name().replaceAll("\\d+", "N"), 1, Integer::sum);
    }

    private static void end(Fault fault, Workload workload) {
        fault.end();
        workload.chronicle().recorder().note("faults", new Probe.Fault(fault.name(), false));
    }

    private void hold() {
        Pause.millis(random.nextInt(HOLD_MIN_MS, HOLD_MAX_MS));
    }

    private void judge(Shape shape, Workload workload, List<String> done) throws Exception {
        HistoryChecker.Verdict verdict;
        try {
            verdict = workload.finish();
        } catch (Exception e) {
            keep(workload);
            throw new AssertionError("round " + rounds + " after " + done + ": " + e, e);
        }
        events += verdict.events();
        acknowledged += workload.acknowledged();
        System.out.printf(
                "%s round %d (%s, %d faults): %d events, %d acknowledged, %s%n",
                LocalTime.now().withNano(0),
                rounds,
                shape,
                done.size(),
                verdict.events(),
                workload.acknowledged(),
                (verdict.isGood() ? "good " : "BAD ") + verdict.counts());
        if (!verdict.isGood()) {
            Path file = keep(workload);
            StringBuilder text = new StringBuilder();
            for (Violation violation : verdict.broken()) {
                text.append('\n').append(violation);
            }
            bad.add("round " + rounds + " after " + done + ", history in " + file + ":" + text);
            System.out.println(bad.get(bad.size() - 1));
        }
        workload.deleteTopics();
    }

    private Path keep(Workload workload) {
        Path file = cluster.directory().resolve("round-" + rounds + ".jsonl");
        workload.chronicle().writeTo(file);
        return file;
    }

    String summary() {
        return (Cluster.isApache() ? "Apache Kafka 4.3.1: " : "Millrace: ")
                + rounds
                + " rounds, "
                + faultsInjected()
                + " faults, "
                + events
                + " events, "
                + acknowledged
                + " acknowledged records; "
                + injected;
    }
}
