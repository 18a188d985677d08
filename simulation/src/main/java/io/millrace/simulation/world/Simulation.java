package io.millrace.simulation.world;

import io.millrace.base.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Many episodes, one seed after the other, until so many hours have been simulated. */
public final class Simulation {
    private final Plan plan;
    private final Clock realTime;
    private final TreeMap<String, Long> faults = new TreeMap<>();
    private final List<Episode.Outcome> bad = new ArrayList<>();
    private long nanos;
    private long steps;
    private long events;
    private int episodes;

    /**
     * What to play.
     *
     * @param firstSeed the first episode's; each further one has the next number
     * @param length of all episodes together, in simulated time
     * @param episode length of one, without its start and its last reads
     * @param brokers machines in each world
     * @param replication copies of each partition
     * @param keepGoing whether a violation does not end it
     * @param twice whether each episode is played a second time, to compare the traces
     */
    public record Plan(
            long firstSeed,
            Duration length,
            Duration episode,
            int brokers,
            int replication,
            boolean keepGoing,
            boolean twice) {
        public Plan {
            if (brokers < replication || replication < 1) {
                throw new IllegalArgumentException(
                        brokers + " brokers cannot hold " + replication + " copies");
            }
        }
    }

    /**
     * Sums over the episodes played so far.
     *
     * @param bad episodes with a violation
     */
    public record Report(
            int episodes,
            Duration simulated,
            Duration real,
            long steps,
            long events,
            Map<String, Long> faults,
            List<Episode.Outcome> bad) {

        public long faultCount() {
            return faults.values().stream().mapToLong(Long::longValue).sum();
        }

        public int violations() {
            return bad.stream().mapToInt(outcome -> outcome.violations().size()).sum();
        }

        /** Simulated seconds for each real one. */
        public double speed() {
            return simulated.toNanos() / (double) Math.max(1, real.toNanos());
        }
    }

    private Simulation(Plan plan, Clock realTime) {
        this.plan = plan;
        this.realTime = realTime;
    }

    /**
     * Plays the plan on the calling thread.
     *
     * @param realTime only for the speed in the report
     * @param progress told after each episode
     */
    public static Report run(Plan plan, Clock realTime, Consumer<Report> progress) {
        return new Simulation(plan, realTime).play(progress);
    }

    private Report play(Consumer<Report> progress) {
        long begun = realTime.nanos();
        long seed = plan.firstSeed();
        while (nanos < plan.length().toNanos() && (bad.isEmpty() || plan.keepGoing())) {
            add(playOne(seed++));
            progress.accept(report(begun));
        }
        return report(begun);
    }

    private Episode.Outcome playOne(long seed) {
        WorldConfig config = WorldConfig.of(seed, plan.brokers(), plan.replication());
        Episode.Outcome outcome = Episode.play(config, plan.episode());
        if (!plan.twice()) {
            return outcome;
        }
        Episode.Outcome again = Episode.play(config, plan.episode());
        return again.hash() == outcome.hash() ? outcome : outcome.differsFrom(again);
    }

    private void add(Episode.Outcome outcome) {
        episodes++;
        nanos += outcome.nanos();
        steps += outcome.steps();
        events += outcome.events();
        outcome.faults().forEach((kind, count) -> faults.merge(kind, count, Long::sum));
        if (!outcome.violations().isEmpty()) {
            bad.add(outcome);
        }
    }

    private Report report(long begun) {
        return new Report(
                episodes,
                Duration.ofNanos(nanos),
                Duration.ofNanos(realTime.nanos() - begun),
                steps,
                events,
                new TreeMap<>(faults),
                List.copyOf(bad));
    }
}
