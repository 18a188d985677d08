package io.millrace.streams.task;

/**
 * Highest timestamp one operator has seen; several nodes may share it. Part of every commit, so
 * that a replay judges late records as the first run did.
 */
public final class OperatorTime {
    private long nowMs = -1;

    /** Raises the time to the timestamp, if that is later; returns the time. */
    public long advance(long timestampMs) {
        if (timestampMs > nowMs) {
            nowMs = timestampMs;
        }
        return nowMs;
    }

    /** -1 before the first record. */
    public long nowMs() {
        return nowMs;
    }
}
