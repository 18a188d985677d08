package io.millrace.broker.replication.fetcher;

import java.util.Arrays;

/**
 * Bytes per second over the last samples, the one under way included. Immutable: each change is a
 * new rate, so that many threads can share one by exchanging it.
 */
public final class WindowedRate {
    private final Window window;

    /** Bytes of each sample; sample {@code n} of time lies at {@code n % count}. */
    private final long[] bytes;

    /** Number of the latest sample that was touched. */
    private final long latest;

    /**
     * What a rate is measured over.
     *
     * @param count samples
     * @param sampleMs time of each
     */
    public record Window(int count, long sampleMs) {
        public Window {
            if (count < 1 || sampleMs < 1) {
                throw new IllegalArgumentException(
                        "a window of "
                                + count
                                + " samples of "
                                + sampleMs
                                + " ms measures nothing");
            }
        }
    }

    private WindowedRate(Window window, long[] bytes, long latest) {
        this.window = window;
        this.bytes = bytes;
        this.latest = latest;
    }

    /** Nothing was counted yet. */
    public static WindowedRate startingAt(Window window, long nowMs) {
        return new WindowedRate(window, new long[window.count], sampleOf(window, nowMs));
    }

    /** With so many bytes more. A clock that goes back counts into the latest sample. */
    public WindowedRate plus(long more, long nowMs) {
        long now = Math.max(latest, sampleOf(window, nowMs));
        long[] changed = bytes.clone();
        long stale = Math.min(now - latest, window.count);
        for (long i = 0; i < stale; i++) {
            changed[slot(now - i)] = 0;
        }
        changed[slot(now)] += more;
        return new WindowedRate(window, changed, now);
    }

    /**
     * Bytes per second. All samples but one count as passed from the beginning, as in Kafka: the
     * first bytes are no burst.
     */
    public double perSecond(long nowMs) {
        long now = Math.max(latest, sampleOf(window, nowMs));
        long oldest = now - window.count + 1;
        long sum = 0;
        for (long sample = latest;
                sample >= Math.max(oldest, latest - window.count + 1);
                sample--) {
            sum += bytes[slot(sample)];
        }
        long passedMs = nowMs - oldest * window.sampleMs;
        long leastMs = Math.max(1, window.count - 1) * window.sampleMs;
        return sum * 1_000.0 / Math.max(passedMs, leastMs);
    }

    private static long sampleOf(Window window, long nowMs) {
        return Math.floorDiv(nowMs, window.sampleMs);
    }

    private int slot(long sample) {
        return (int) Math.floorMod(sample, (long) window.count);
    }

    @Override
    public String toString() {
        return Arrays.toString(bytes);
    }
}
