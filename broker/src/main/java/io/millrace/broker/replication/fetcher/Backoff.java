package io.millrace.broker.replication.fetcher;

/**
 * How long to wait after failures in a row: a little at first, because most of them end as soon as
 * the other side has read the same metadata, then longer. Owned by its lane.
 */
final class Backoff {
    private static final int FIRST_MS = 20;

    private int failures;

    /** One more failure; what to wait now, at most {@code mostMs}. */
    long next(int mostMs) {
        long waitMs = Math.min(mostMs, (long) FIRST_MS << Math.min(failures, 16));
        failures++;
        return waitMs;
    }

    /** Whether the last attempt failed. */
    boolean isFailing() {
        return failures > 0;
    }

    void succeeded() {
        failures = 0;
    }
}
