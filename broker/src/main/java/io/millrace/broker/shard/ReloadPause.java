package io.millrace.broker.shard;

import io.millrace.base.time.Clock;

/**
 * How long a shard waits before it loads its state again: not at all the first time, then longer
 * and longer, so that a request which fails whenever it comes cannot keep the loop busy with
 * loading. Quiet for long enough, everything is forgotten.
 */
final class ReloadPause {
    static final int FIRST_MS = 50;
    static final int MOST_MS = 1_000;
    static final int FORGOTTEN_AFTER_MS = 60_000;

    private final Clock clock;
    private long lastMs;
    private long pauseMs;
    private boolean failedBefore;

    ReloadPause(Clock clock) {
        this.clock = clock;
    }

    /** The state is lost once more; milliseconds until it is to be loaded. */
    long next() {
        long now = clock.monotonicMs();
        if (!failedBefore || now - lastMs >= FORGOTTEN_AFTER_MS) {
            pauseMs = 0;
        } else {
            pauseMs = Math.min(MOST_MS, Math.max(FIRST_MS, pauseMs * 2));
        }
        failedBefore = true;
        lastMs = now;
        return pauseMs;
    }
}
