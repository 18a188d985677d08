package io.millrace.simulation.history;

import org.jspecify.annotations.Nullable;

/**
 * A call and how it ended.
 *
 * @param ended null if the history ends before
 */
record Operation<C extends Call, A extends Answer>(
        Event invoked, C call, @Nullable Event ended, @Nullable A answer) {

    boolean isOk() {
        return answer != null;
    }

    boolean hasFailed() {
        return ended != null && ended.phase() == Phase.FAIL;
    }

    long begin() {
        return invoked.atNanos();
    }

    /** The end of time while nobody knows. */
    long end() {
        return ended != null && ended.phase() != Phase.INFO ? ended.atNanos() : Long.MAX_VALUE;
    }

    /** The event that proves most. */
    Event proof() {
        return ended != null ? ended : invoked;
    }

    /** The answer of an operation that {@link #isOk}. */
    A result() {
        if (answer == null) {
            throw new IllegalStateException("has no answer: " + invoked);
        }
        return answer;
    }
}
