package io.millrace.broker.log.compaction;

import io.millrace.base.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes per second that several loops together read and write. Keeps the moment at which
 * what was moved so far is paid for; whoever is ahead of it waits. Any thread.
 */
public final class IoThrottle {
    private static final long NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Clock clock;
    private volatile double bytesPerSecond;
    private final AtomicLong paidForNanos;

    public IoThrottle(double bytesPerSecond, Clock clock) {
        this.clock = clock;
        this.bytesPerSecond = bytesPerSecond;
        this.paidForNanos = new AtomicLong(clock.nanos());
    }

    public void bytesPerSecond(double changed) {
        bytesPerSecond = changed;
    }

    /** Counts moved bytes; returns for how many milliseconds nothing more should be moved. */
    public long moved(long bytes) {
        double rate = bytesPerSecond;
        if (rate >= Long.MAX_VALUE || bytes == 0) {
            return 0;
        }
        long cost = (long) Math.min(bytes / rate * NANOS, (double) TimeUnit.HOURS.toNanos(1));
        long now = clock.nanos();
        long until = paidForNanos.updateAndGet(paid -> Math.max(paid - now, 0) + now + cost);
        return TimeUnit.NANOSECONDS.toMillis(until - now);
    }
}
