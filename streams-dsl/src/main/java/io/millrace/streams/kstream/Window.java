package io.millrace.streams.kstream;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A stretch of time in milliseconds. Whether the end belongs to it is its kind's business. */
public abstract class Window {
    protected final long startMs;
    protected final long endMs;

    protected Window(long startMs, long endMs) {
        if (startMs < 0 || endMs < startMs) {
            throw new IllegalArgumentException(
                    "no window from " + startMs + " ms to " + endMs + " ms");
        }
        this.startMs = startMs;
        this.endMs = endMs;
    }

    public final long start() {
        return startMs;
    }

    public final long end() {
        return endMs;
    }

    public final Instant startTime() {
        return Instant.ofEpochMilli(startMs);
    }

    public final Instant endTime() {
        return Instant.ofEpochMilli(endMs);
    }

    public abstract boolean overlap(Window other);

    @Override
    public final boolean equals(@Nullable Object other) {
        return other instanceof Window that
                && getClass() == that.getClass()
                && startMs == that.startMs
                && endMs == that.endMs;
    }

    @Override
    public final int hashCode() {
        return Long.hashCode(startMs) * 31 + Long.hashCode(endMs);
    }

    @Override
    public final String toString() {
        return "Window{startMs=" + startMs + ", endMs=" + endMs + "}";
    }
}
