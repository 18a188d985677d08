package io.millrace.base.time;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A clock that moves only when told. Wall and monotonic time move together. Safe to read from any
 * thread.
 */
public final class ManualClock implements Clock {
    private final AtomicLong nanos = new AtomicLong();
    private final long wallOriginMs;

    /** Starts at {@code wallOriginMs} (milliseconds since the Unix epoch) with monotonic time 0. */
    public ManualClock(long wallOriginMs) {
        this.wallOriginMs = wallOriginMs;
    }

    @Override
    public long wallMs() {
        return wallOriginMs + nanos.get() / 1_000_000;
    }

    @Override
    public long nanos() {
        return nanos.get();
    }

    /** Moves forward; a negative duration is a mistake of the test. */
    public void advance(Duration by) {
        if (by.isNegative()) {
            throw new IllegalArgumentException("clock cannot go back by " + by);
        }
        nanos.addAndGet(by.toNanos());
    }
}
