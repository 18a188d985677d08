package io.millrace.broker.partition;

import io.millrace.broker.log.LogSnapshot;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Fetches that wait for records of one partition. Any thread adds and cancels; whoever moves the
 * log's end, the high watermark or the last stable offset fires. Each wait fires at most once.
 */
final class AdvanceWaits {
    private final Set<Wait> waits = ConcurrentHashMap.newKeySet(1);
    private final AtomicInteger numbers = new AtomicInteger();

    private final class Wait implements AdvanceWait {
        private final long offset;
        private final Isolation isolation;
        private final Runnable action;
        private final int number = numbers.getAndIncrement();

        Wait(long offset, Isolation isolation, Runnable action) {
            this.offset = offset;
            this.isolation = isolation;
            this.action = action;
        }

        @Override
        public void cancel() {
            waits.remove(this);
        }

        /** Its place in the set comes from its age, not from its address: the same in each run. */
        @Override
        public int hashCode() {
            return number;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }
    }

    AdvanceWait add(long offset, Isolation isolation, Runnable action) {
        Wait wait = new Wait(offset, isolation, action);
        waits.add(wait);
        return wait;
    }

    /** Runs those for whom there is something to read now. */
    void fire(LogSnapshot now) {
        fireWhere(now);
    }

    /** Runs all: the partition is not readable here any more, or not as before. */
    void fireAll() {
        fireWhere(null);
    }

    private void fireWhere(@Nullable LogSnapshot now) {
        if (waits.isEmpty()) {
            return;
        }
        Iterator<Wait> all = waits.iterator();
        while (all.hasNext()) {
            Wait wait = all.next();
            boolean due = now == null || wait.offset < wait.isolation.endOf(now);
            // Removing decides who runs it, if two threads fire at once.
            if (due && waits.remove(wait)) {
                wait.action.run();
            }
        }
    }
}
