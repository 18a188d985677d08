package io.millrace.simulation.world;

import org.jspecify.annotations.Nullable;

/**
 * Something that must not happen, did.
 *
 * @param what the invariant, or the kind of bug
 * @param step event number of the run
 */
public record Violation(
        String what, String detail, @Nullable Throwable cause, long step, long nanos) {

    @Override
    public String toString() {
        return what
                + ": "
                + detail
                + (cause == null ? "" : ": " + cause)
                + " (step "
                + step
                + ", at "
                + nanos / 1_000_000
                + " ms)";
    }
}
