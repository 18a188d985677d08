package io.millrace.broker.partition;

import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Fetches that wait for records of one partition. Any thread adds and cancels; whoever moves the
 * high watermark fires. Each wait fires at most once.
 */
final class AdvanceWaits {
    private final Set<Wait> waits = ConcurrentHashMap.newKeySet(1);

    private final class Wait implements AdvanceWait {
        private final long offset;
        private final Runnable action;

        Wait(long offset, Runnable action) {
            this.offset = offset;
            this.action = action;
        }

        @Override
        public void cancel() {
            waits.remove(this);
        }
    }

    AdvanceWait add(long offset, Runnable action) {
        Wait wait = new Wait(offset, action);
        waits.add(wait);
        return wait;
    }

    /** Runs those that wait for something below {@code highWatermark}. */
    void fire(long highWatermark) {
        if (waits.isEmpty()) {
            return;
        }
        Iterator<Wait> all = waits.iterator();
        while (all.hasNext()) {
            Wait wait = all.next();
            // Removing decides who runs it, if two threads fire at once.
            if (wait.offset < highWatermark && waits.remove(wait)) {
                wait.action.run();
            }
        }
    }
}
