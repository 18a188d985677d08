package io.millrace.base.loop;

import io.millrace.base.time.Clock;
import io.millrace.base.time.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An event loop that the test runs by hand, on the test's thread, in virtual time. Several may
 * share one {@link ManualClock}; whoever drives them decides their order.
 */
public final class ManualEventLoop implements EventLoop {
    private final String name;
    private final ManualClock clock;
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private final ArrayDeque<Runnable> endOfBatch = new ArrayDeque<>();
    private final TimerQueue timers = new TimerQueue();
    private boolean running;

    public ManualEventLoop(String name, ManualClock clock) {
        this.name = name;
        this.clock = clock;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void post(Runnable event) {
        queue.add(event);
    }

    @Override
    public Timer schedule(long delayMs, Runnable event) {
        TimerQueue.Entry entry =
                new TimerQueue.Entry(clock.nanos() + TimeUnit.MILLISECONDS.toNanos(delayMs), event);
        timers.add(entry);
        return entry;
    }

    @Override
    public void atEndOfBatch(Runnable action) {
        endOfBatch.add(action);
    }

    @Override
    public boolean inLoop() {
        return running;
    }

    @Override
    public Clock clock() {
        return clock;
    }

    /**
     * Runs one event: the oldest posted, else one due timer, else one end-of-batch action. False if
     * there is none.
     */
    public boolean runNext() {
        @Nullable Runnable event = queue.poll();
        if (event == null) {
            event = timers.pollDue(clock.nanos());
        }
        if (event == null) {
            event = endOfBatch.poll();
        }
        if (event == null) {
            return false;
        }
        boolean outer = running;
        running = true;
        try {
            event.run();
        } finally {
            running = outer;
        }
        return true;
    }

    /** Runs until nothing is due at the present time. */
    public void runAll() {
        while (runNext()) {
            // Each turn runs one event; it may queue more.
        }
    }

    /** Moves the clock in steps to each due timer and runs everything on the way. */
    public void advance(Duration by) {
        long end = clock.nanos() + by.toNanos();
        runAll();
        while (true) {
            long step = timers.nanosToNext(clock.nanos());
            if (step > end - clock.nanos()) {
                break;
            }
            clock.advance(Duration.ofNanos(step));
            runAll();
        }
        clock.advance(Duration.ofNanos(end - clock.nanos()));
        runAll();
    }
}
