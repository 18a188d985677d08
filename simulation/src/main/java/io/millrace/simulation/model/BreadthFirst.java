package io.millrace.simulation.model;

import io.millrace.base.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Walks through all states of a model, nearest first, until there are no more, a limit is reached
 * or one is wrong. Keeps no states but those on the way to the present one: the ways of one depth
 * are in order, so that neighbours share most of their steps, and what they share is not walked
 * twice. One thread.
 *
 * @param <S> one state
 */
public final class BreadthFirst<S> {
    /** Most things that may happen next in a state. */
    public static final int MAX_STEPS = 255;

    private final Model<S> model;
    private final Clock clock;
    private final SeenStates seen = new SeenStates();

    /** The states on the way to the present one, from the first on, and what may follow each. */
    private final List<Visited<S>> way = new ArrayList<>();

    private byte[] wayTaken = new byte[0];
    private Optional<Outcome.Violation> violation = Optional.empty();

    private record Visited<S>(S state, List<Step<S>> steps) {}

    public BreadthFirst(Model<S> model, Clock clock) {
        this.model = model;
        this.clock = clock;
    }

    /**
     * Searches, once.
     *
     * @param maxStates when to stop
     * @param maxMillis when to stop
     */
    public Outcome run(long maxStates, long maxMillis) {
        long start = clock.monotonicMs();
        S first = model.initial();
        way.add(visited(first));
        seen.add(model.fingerprint(first));
        violation = violationIn(first, new byte[0]);
        Paths level = Paths.ofFirst();
        boolean stopped = false;
        while (violation.isEmpty() && !stopped && level.count() > 0) {
            Paths next = new Paths(level.depth() + 1);
            for (long i = 0; i < level.count() && violation.isEmpty() && !stopped; i++) {
                byte[] path = level.read(i);
                expand(path, next);
                stopped = seen.size() >= maxStates || clock.monotonicMs() - start >= maxMillis;
            }
            level = next;
        }
        return new Outcome(
                seen.size(),
                level.depth(),
                violation.isEmpty() && !stopped,
                clock.monotonicMs() - start,
                violation);
    }

    /** Notes the states behind that at the end of the way that nobody has seen yet. */
    private void expand(byte[] path, Paths next) {
        List<Step<S>> steps = walk(path);
        for (int i = 0; i < steps.size(); i++) {
            S state = steps.get(i).next().get();
            if (seen.add(model.fingerprint(state))) {
                violation = violationIn(state, longer(path, i));
                if (violation.isPresent()) {
                    return;
                }
                next.add(path, i);
            }
        }
    }

    private Optional<Outcome.Violation> violationIn(S state, byte[] path) {
        String wrong = model.violation(state);
        return wrong == null
                ? Optional.empty()
                : Optional.of(new Outcome.Violation(wrong, account(path)));
    }

    private static byte[] longer(byte[] path, int step) {
        byte[] longer = java.util.Arrays.copyOf(path, path.length + 1);
        longer[path.length] = (byte) step;
        return longer;
    }

    /** What may follow at the end of a way; begins where it leaves the way walked last. */
    private List<Step<S>> walk(byte[] path) {
        int shared = 0;
        int known = Math.min(way.size() - 1, Math.min(path.length, wayTaken.length));
        while (shared < known && path[shared] == wayTaken[shared]) {
            shared++;
        }
        while (way.size() > shared + 1) {
            way.remove(way.size() - 1);
        }
        Visited<S> at = way.get(shared);
        for (int i = shared; i < path.length; i++) {
            at = visited(at.steps.get(path[i] & 0xff).next().get());
            way.add(at);
        }
        wayTaken = path;
        return at.steps;
    }

    private Visited<S> visited(S state) {
        List<Step<S>> steps = model.steps(state);
        if (steps.size() > MAX_STEPS) {
            throw new IllegalStateException(
                    "a state has "
                            + steps.size()
                            + " steps; the search numbers them with one byte");
        }
        return new Visited<>(state, steps);
    }

    private List<String> account(byte[] path) {
        List<String> names = new ArrayList<>();
        Visited<S> at = way.get(0);
        for (byte taken : path) {
            Step<S> step = at.steps.get(taken & 0xff);
            names.add(step.name().get());
            at = visited(step.next().get());
        }
        return names;
    }
}
