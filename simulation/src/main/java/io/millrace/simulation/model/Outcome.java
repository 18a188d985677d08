package io.millrace.simulation.model;

import java.util.List;
import java.util.Optional;

/**
 * What a search found.
 *
 * @param states different states seen
 * @param depth most steps that one of them is away from the first
 * @param exhausted whether there are no others
 * @param violation the first state that must not be; none is nearer to the first
 */
public record Outcome(
        long states, int depth, boolean exhausted, long millis, Optional<Violation> violation) {

    /**
     * A state that must not be.
     *
     * @param steps how to get there
     */
    public record Violation(String why, List<String> steps) {
        public Violation {
            steps = List.copyOf(steps);
        }

        @Override
        public String toString() {
            return why + "\n  " + String.join("\n  ", steps);
        }
    }
}
