package io.millrace.connect.task;

import io.millrace.base.time.Clock;
import io.millrace.connect.store.TargetState;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What others tell a task's thread: to stop, pause or resume. The thread waits here, and signals
 * end the wait.
 */
final class TaskSignals {
    private final Clock clock;
    private volatile boolean stopping;
    private volatile TargetState target;
    private volatile @Nullable Thread waiter;

    TaskSignals(Clock clock, TargetState initial) {
        this.clock = clock;
        this.target = initial;
    }

    void owner(Thread thread) {
        waiter = thread;
    }

    boolean stopping() {
        return stopping;
    }

    boolean paused() {
        return target == TargetState.PAUSED;
    }

    void stop() {
        stopping = true;
        wake();
    }

    /** Returns whether this changes anything. */
    boolean target(TargetState state) {
        boolean changed = target != state;
        target = state;
        wake();
        return changed;
    }

    private void wake() {
        LockSupport.unpark(waiter);
    }

    /** Waits on the task's thread; returns early when something is signalled. */
    void idle(long ms) {
        boolean wasPaused = paused();
        long deadline = clock.nanos() + TimeUnit.MILLISECONDS.toNanos(ms);
        long left = deadline - clock.nanos();
        while (!stopping
                && paused() == wasPaused
                && left > 0
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(this, left);
            left = deadline - clock.nanos();
        }
    }
}
