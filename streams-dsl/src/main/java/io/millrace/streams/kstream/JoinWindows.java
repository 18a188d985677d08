package io.millrace.streams.kstream;

import java.time.Duration;
import java.util.Map;

/**
 * How far apart two records may be to join: the other's time is in {@code [time - before, time +
 * after]}, both inclusive. Immutable.
 */
public final class JoinWindows extends Windows<Window> {
    public final long beforeMs;
    public final long afterMs;
    private final long graceMs;

    private JoinWindows(long beforeMs, long afterMs, long graceMs) {
        if (beforeMs + afterMs < 0) {
            throw new IllegalArgumentException(
                    "join window of "
                            + beforeMs
                            + " ms before and "
                            + afterMs
                            + " ms after has a negative length");
        }
        if (graceMs < 0) {
            throw new IllegalArgumentException("grace is " + graceMs + " ms, must not be negative");
        }
        this.beforeMs = beforeMs;
        this.afterMs = afterMs;
        this.graceMs = graceMs;
    }

    public static JoinWindows ofTimeDifferenceWithNoGrace(Duration difference) {
        return ofTimeDifferenceAndGrace(difference, Duration.ZERO);
    }

    public static JoinWindows ofTimeDifferenceAndGrace(Duration difference, Duration grace) {
        return new JoinWindows(difference.toMillis(), difference.toMillis(), grace.toMillis());
    }

    public JoinWindows before(Duration difference) {
        return new JoinWindows(difference.toMillis(), afterMs, graceMs);
    }

    public JoinWindows after(Duration difference) {
        return new JoinWindows(beforeMs, difference.toMillis(), graceMs);
    }

    @Override
    public Map<Long, Window> windowsFor(long timestamp) {
        throw new UnsupportedOperationException("join windows are not aligned");
    }

    @Override
    public long size() {
        return beforeMs + afterMs;
    }

    @Override
    public long gracePeriodMs() {
        return graceMs;
    }
}
