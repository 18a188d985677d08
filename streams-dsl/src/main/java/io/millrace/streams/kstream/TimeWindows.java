package io.millrace.streams.kstream;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Windows of one size that start every {@code advance}, aligned to the epoch: tumbling (advance =
 * size) or hopping. Immutable.
 */
public final class TimeWindows extends Windows<TimeWindow> {
    private final long sizeMs;
    private final long advanceMs;
    private final long graceMs;

    private TimeWindows(long sizeMs, long advanceMs, long graceMs) {
        if (sizeMs <= 0) {
            throw new IllegalArgumentException("window size is " + sizeMs + " ms, must be above 0");
        }
        if (advanceMs <= 0 || advanceMs > sizeMs) {
            throw new IllegalArgumentException(
                    "window advance is "
                            + advanceMs
                            + " ms, must be above 0 and at most the size, "
                            + sizeMs
                            + " ms");
        }
        if (graceMs < 0) {
            throw new IllegalArgumentException("grace is " + graceMs + " ms, must not be negative");
        }
        this.sizeMs = sizeMs;
        this.advanceMs = advanceMs;
        this.graceMs = graceMs;
    }

    /** Windows that close as soon as stream time reaches their end. */
    public static TimeWindows ofSizeWithNoGrace(Duration size) {
        return ofSizeAndGrace(size, Duration.ZERO);
    }

    public static TimeWindows ofSizeAndGrace(Duration size, Duration afterWindowEnd) {
        return new TimeWindows(size.toMillis(), size.toMillis(), afterWindowEnd.toMillis());
    }

    /** Hopping: a new window every so often. */
    public TimeWindows advanceBy(Duration advance) {
        return new TimeWindows(sizeMs, advance.toMillis(), graceMs);
    }

    @Override
    public Map<Long, TimeWindow> windowsFor(long timestamp) {
        Map<Long, TimeWindow> windows = new LinkedHashMap<>();
        for (long start = firstStart(timestamp); start <= timestamp; start += advanceMs) {
            windows.put(start, TimeWindow.ofSize(start, sizeMs));
        }
        return windows;
    }

    /** Start of the earliest window that holds the timestamp; the others follow every advance. */
    public long firstStart(long timestamp) {
        return Math.max(0, timestamp - sizeMs + advanceMs) / advanceMs * advanceMs;
    }

    public long advanceMs() {
        return advanceMs;
    }

    @Override
    public long size() {
        return sizeMs;
    }

    @Override
    public long gracePeriodMs() {
        return graceMs;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TimeWindows that
                && sizeMs == that.sizeMs
                && advanceMs == that.advanceMs
                && graceMs == that.graceMs;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(sizeMs) * 31 * 31
                + Long.hashCode(advanceMs) * 31
                + Long.hashCode(graceMs);
    }

    @Override
    public String toString() {
        return "TimeWindows{sizeMs="
                + sizeMs
                + ", advanceMs="
                + advanceMs
                + ", graceMs="
                + graceMs
                + "}";
    }
}
