package io.millrace.simulation.world.time;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One loop of a simulated process: events in the order of posting, what was put off to the end of a
 * batch when the queue is empty. Runs only while its process does.
 */
public final class SimulatedLoop implements EventLoop {
    private final Timeline timeline;
    private final SimulatedProcess process;
    private final String name;
    private final int number;
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private final ArrayDeque<Runnable> endOfBatch = new ArrayDeque<>(2);
    private long busyUntil;
    private boolean waking;
    private int readyAt = -1;

    SimulatedLoop(Timeline timeline, SimulatedProcess process, String name) {
        this.timeline = timeline;
        this.process = process;
        this.name = process.name() + "/" + name;
        this.number = timeline.register();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void post(Runnable event) {
        if (process.isGone()) {
            return;
        }
        queue.add(event);
        wake();
    }

    @Override
    public Timer schedule(long delayMs, Runnable event) {
        return timeline.schedule(this, TimeUnit.MILLISECONDS.toNanos(delayMs), event);
    }

    /** As {@link #schedule}, to the nanosecond. */
    public Timer scheduleNanos(long delayNanos, Runnable event) {
        return timeline.schedule(this, delayNanos, event);
    }

    @Override
    public void atEndOfBatch(Runnable action) {
        endOfBatch.add(action);
        wake();
    }

    @Override
    public boolean inLoop() {
        return timeline.running() == this;
    }

    @Override
    public Clock clock() {
        return process.clock();
    }

    SimulatedProcess process() {
        return process;
    }

    int number() {
        return number;
    }

    boolean hasWork() {
        return !queue.isEmpty() || !endOfBatch.isEmpty();
    }

    /** The next event, or null if this loop may not run now. */
    @Nullable Runnable takeNext() {
        if (!process.isRunning()) {
            return null;
        }
        if (busyUntil > timeline.nanos()) {
            wakeLater();
            return null;
        }
        Runnable event = queue.poll();
        return event != null ? event : endOfBatch.poll();
    }

    void wake() {
        if (process.isRunning() && hasWork()) {
            timeline.addReady(this);
        }
    }

    /** The process is gone: what was queued never happens. */
    void drop() {
        queue.clear();
        endOfBatch.clear();
        timeline.removeReady(this);
    }

    void pause() {
        timeline.removeReady(this);
    }

    private void wakeLater() {
        if (!waking) {
            waking = true;
            process.waker()
                    .scheduleNanos(
                            busyUntil - timeline.nanos(),
                            () -> {
                                waking = false;
                                wake();
                            });
        }
    }

    long busyUntil() {
        return busyUntil;
    }

    void busyUntil(long nanos) {
        busyUntil = nanos;
    }

    int readyAt() {
        return readyAt;
    }

    void readyAt(int place) {
        readyAt = place;
    }

    @Override
    public String toString() {
        return name;
    }
}
