package io.millrace.simulation.world;

import io.millrace.simulation.history.Event;
import io.millrace.simulation.history.HistoryChecker;
import io.millrace.simulation.history.Probe;
import io.millrace.simulation.world.time.Timeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * One seed from its first event to the judgement of its history: start, then rounds of faults,
 * healing and the demand that everything works again, then last reads.
 */
public final class Episode {
    private static final long START_PATIENCE_MS = 120_000;
    private static final long LIVENESS_PATIENCE_MS = 240_000;

    private final World world;
    private final List<Event> events = new ArrayList<>();
    private final Crowd crowd;
    private final Probes probes;
    private final Mischief mischief;
    private final long lengthNanos;

    /**
     * What became of a seed.
     *
     * @param nanos simulated time
     * @param faults by kind
     * @param hash of everything that happened
     */
    public record Outcome(
            long seed,
            long nanos,
            long steps,
            long hash,
            int events,
            Map<String, Long> faults,
            List<Violation> violations,
            List<String> lastEvents) {
        public Outcome {
            violations = List.copyOf(violations);
            lastEvents = List.copyOf(lastEvents);
        }

        /** The same seed gave another trace: the replay of a violation would not find it. */
        Outcome differsFrom(Outcome other) {
            List<Violation> all = new ArrayList<>(violations);
            all.add(
                    new Violation(
                            "determinism",
                            "trace "
                                    + Long.toHexString(hash)
                                    + " after "
                                    + steps
                                    + " steps, then "
                                    + Long.toHexString(other.hash)
                                    + " after "
                                    + other.steps,
                            null,
                            steps,
                            nanos));
            return new Outcome(seed, nanos, steps, hash, events, faults, all, lastEvents);
        }
    }

    private Episode(WorldConfig config, Duration length) {
        this.world = new World(config, events::add);
        this.crowd = new Crowd(world);
        this.probes = new Probes(world);
        FaultMix mix = FaultMix.draw(world.nextRandom(), config);
        this.mischief = new Mischief(world, mix, crowd.hosts(), probes::allInSync);
        this.lengthNanos = length.toNanos();
    }

    /** Plays a seed for so much simulated time. */
    public static Outcome play(WorldConfig config, Duration length) {
        return new Episode(config, length).run();
    }

    /** As {@link #play}, with somebody who looks at every event. */
    public static Outcome play(WorldConfig config, Duration length, Timeline.Watcher watcher) {
        Episode episode = new Episode(config, length);
        episode.world.timeline().watch(watcher);
        return episode.run();
    }

    private Outcome run() {
        world.machines().forEach(Machine::start);
        crowd.makeTopics();
        until(START_PATIENCE_MS, "the cluster starts and the topic is made", this::hasStarted);
        probes.begin();
        crowd.start();
        while (!world.isViolated() && world.timeline().nanos() < lengthNanos) {
            round();
        }
        if (!world.isViolated()) {
            world.history().note("world", new Probe.Quiet());
            crowd.readAllOnceMore();
            until(LIVENESS_PATIENCE_MS, "last reads come to the end", crowd::hasReadAll);
        }
        if (!world.isViolated()) {
            probes.compareReplicas();
            HistoryChecker.check(events)
                    .forEach(found -> world.violate("history", found.toString(), null));
        }
        return outcome();
    }

    private boolean hasStarted() {
        return crowd.hasTopics() && world.machines().stream().allMatch(Machine::isServing);
    }

    private void round() {
        mischief.begin();
        pass(world.config().roundMs());
        mischief.heal();
        until(LIVENESS_PATIENCE_MS, "all brokers serve", this::allServe);
        until(LIVENESS_PATIENCE_MS, "all replicas are in sync", probes::allInSync);
        mischief.noteSettled();
        crowd.stop();
        until(LIVENESS_PATIENCE_MS, "clients finish what they began", crowd::isIdle);
        probes.compareReplicas();
        if (world.timeline().nanos() < lengthNanos) {
            crowd.resume();
        } else {
            // Longer than a transaction may stay open, so that none hides what lies behind it.
            pass(45_000);
        }
    }

    private boolean allServe() {
        return world.machines().stream().allMatch(Machine::isServing);
    }

    private void pass(long ms) {
        world.timeline().runUntil(world.timeline().nanos() + ms * 1_000_000, world::isViolated);
    }

    private void until(long patienceMs, String what, BooleanSupplier done) {
        long deadline = world.timeline().nanos() + patienceMs * 1_000_000;
        while (!world.isViolated() && !done.getAsBoolean()) {
            if (world.timeline().nanos() >= deadline) {
                world.violate(
                        "liveness",
                        what
                                + " not within "
                                + patienceMs
                                + " ms; machines "
                                + world.machines()
                                + ", clients "
                                + crowd.unfinished()
                                + ", "
                                + probes.describe(),
                        null);
                return;
            }
            pass(200);
        }
    }

    private Outcome outcome() {
        Map<String, Long> faults = new java.util.TreeMap<>();
        mischief.counts().forEach((kind, count) -> faults.put(kind.label(), count));
        List<String> last = new ArrayList<>();
        if (world.isViolated()) {
            world.timeline()
                    .recent()
                    .forEach(
                            it ->
                                    last.add(
                                            "#"
                                                    + it.step()
                                                    + " "
                                                    + it.nanos() / 1_000
                                                    + " us "
                                                    + it.loop()
                                                    + " "
                                                    + it.what()));
        }
        return new Outcome(
                world.config().seed(),
                world.timeline().nanos(),
                world.timeline().steps(),
                world.timeline().hash(),
                events.size(),
                faults,
                world.violations(),
                last);
    }
}
