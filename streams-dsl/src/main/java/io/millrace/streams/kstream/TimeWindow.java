package io.millrace.streams.kstream;

/** {@code [start, end)}. */
public final class TimeWindow extends Window {
    public TimeWindow(long startMs, long endMs) {
        super(startMs, endMs);
        if (startMs == endMs) {
            throw new IllegalArgumentException("a window of no length at " + startMs + " ms");
        }
    }

    /** The window of that size; one that would end beyond all time ends there. */
    public static TimeWindow ofSize(long startMs, long sizeMs) {
        long end = startMs + sizeMs;
        return new TimeWindow(startMs, end < 0 ? Long.MAX_VALUE : Math.max(end, startMs + 1));
    }

    @Override
    public boolean overlap(Window other) {
        return startMs < other.endMs && other.startMs < endMs;
    }
}
