package io.millrace.streams.task;

import io.millrace.streams.processor.Cancellable;
import io.millrace.streams.processor.PunctuationType;
import io.millrace.streams.processor.Punctuator;
import java.util.ArrayList;
import java.util.List;

/** The timers of one task. A timer that missed several of its times fires once. */
final class Punctuations {
    private final List<Timer> streamTime = new ArrayList<>();
    private final List<Timer> wallClock = new ArrayList<>();
    private long nextStreamTime = Long.MAX_VALUE;
    private long nextWallClock = Long.MAX_VALUE;

    Cancellable add(PunctuationType type, long first, long intervalMs, Punctuator callback) {
        if (intervalMs < 1) {
            throw new IllegalArgumentException(
                    "punctuation interval is " + intervalMs + " ms, must be 1 or more");
        }
        Timer timer = new Timer(first, intervalMs, callback);
        if (type == PunctuationType.STREAM_TIME) {
            streamTime.add(timer);
            nextStreamTime = Math.min(nextStreamTime, first);
        } else {
            wallClock.add(timer);
            nextWallClock = Math.min(nextWallClock, first);
        }
        return () -> timer.cancelled = true;
    }

    /** Fires what is due in stream time; says whether anything was. */
    boolean streamTime(long nowMs) {
        if (nowMs < nextStreamTime) {
            return false;
        }
        boolean fired = fire(streamTime, nowMs);
        nextStreamTime = earliest(streamTime);
        return fired;
    }

    boolean wallClock(long nowMs) {
        if (nowMs < nextWallClock) {
            return false;
        }
        boolean fired = fire(wallClock, nowMs);
        nextWallClock = earliest(wallClock);
        return fired;
    }

    private static boolean fire(List<Timer> timers, long nowMs) {
        timers.removeIf(timer -> timer.cancelled);
        boolean fired = false;
        for (Timer timer : List.copyOf(timers)) {
            if (!timer.cancelled && timer.nextMs <= nowMs) {
                timer.nextMs += ((nowMs - timer.nextMs) / timer.intervalMs + 1) * timer.intervalMs;
                timer.callback.punctuate(nowMs);
                fired = true;
            }
        }
        return fired;
    }

    private static long earliest(List<Timer> timers) {
        long earliest = Long.MAX_VALUE;
        for (Timer timer : timers) {
            earliest = Math.min(earliest, timer.nextMs);
        }
        return earliest;
    }

    private static final class Timer {
        private final long intervalMs;
        private final Punctuator callback;
        private long nextMs;
        private boolean cancelled;

        Timer(long firstMs, long intervalMs, Punctuator callback) {
            this.nextMs = firstMs;
            this.intervalMs = intervalMs;
            this.callback = callback;
        }
    }
}
