package io.millrace.broker.replication.fetcher;

import io.millrace.base.time.Clock;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/**
 * How fast throttled partitions may be copied on this broker, all lanes together. Used from any
 * thread. Its limit may change at any time.
 */
public final class ReplicationQuota {
    private final Clock clock;
    private final WindowedRate.Window window;
    private final AtomicReference<WindowedRate> rate;
    private volatile long bytesPerSecond;

    /**
     * @param bytesPerSecond {@code Long.MAX_VALUE} for no limit
     */
    public ReplicationQuota(long bytesPerSecond, WindowedRate.Window window, Clock clock) {
        this.bytesPerSecond = bytesPerSecond;
        this.window = window;
        this.clock = clock;
        this.rate = new AtomicReference<>(WindowedRate.startingAt(window, clock.monotonicMs()));
    }

    public void limit(long changed) {
        bytesPerSecond = changed;
    }

    public boolean isLimited() {
        return bytesPerSecond != Long.MAX_VALUE;
    }

    /** Counts bytes of a throttled partition. */
    public void count(long bytes) {
        long now = clock.monotonicMs();
        rate.updateAndGet(before -> before.plus(bytes, now));
    }

    /** Whether throttled partitions have to wait. */
    public boolean isExceeded() {
        return isLimited()
                && Objects.requireNonNull(rate.get()).perSecond(clock.monotonicMs())
                        > bytesPerSecond;
    }

    /** When to look again: after that time the oldest sample no longer counts. */
    public long pauseMs() {
        return window.sampleMs();
    }
}
