package io.millrace.base.time;

/**
 * Source of time. Everything that waits or stamps takes a {@code Clock} in its constructor, so that
 * tests and the simulation decide what time it is.
 */
public interface Clock {

    /**
     * Milliseconds since the Unix epoch. May jump; only for record timestamps, retention and token
     * expiry.
     */
    long wallMs();

    /** Nanoseconds on a line that never goes back; the origin is arbitrary. All timeouts use it. */
    long nanos();

    /** {@link #nanos()} in whole milliseconds. */
    default long monotonicMs() {
        return nanos() / 1_000_000;
    }
}
