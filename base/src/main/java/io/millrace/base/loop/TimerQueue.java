package io.millrace.base.loop;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Events by deadline, then by order of scheduling. Owned by one loop; only {@link Entry#cancel} may
 * come from outside.
 */
final class TimerQueue {
    private final PriorityQueue<Entry> entries = new PriorityQueue<>();
    private long sequence;

    void add(Entry entry) {
        entry.sequence = sequence++;
        entries.add(entry);
    }

    /** Next event due at or before {@code nowNanos}, or null. */
    @Nullable Runnable pollDue(long nowNanos) {
        while (true) {
            Entry head = entries.peek();
            if (head == null || (!head.cancelled && head.deadlineNanos - nowNanos > 0)) {
                return null;
            }
            entries.poll();
            if (!head.cancelled) {
                return head.event;
            }
        }
    }

    /**
     * Nanoseconds until the next deadline (0 if past), or {@code Long.MAX_VALUE} when nothing is
     * scheduled.
     */
    long nanosToNext(long nowNanos) {
        Entry head = entries.peek();
        while (head != null && head.cancelled) {
            entries.poll();
            head = entries.peek();
        }
        return head == null ? Long.MAX_VALUE : Math.max(0, head.deadlineNanos - nowNanos);
    }

    static final class Entry implements EventLoop.Timer, Comparable<Entry> {
        private final long deadlineNanos;
        private final Runnable event;
        private long sequence;
        private volatile boolean cancelled;

        Entry(long deadlineNanos, Runnable event) {
            this.deadlineNanos = deadlineNanos;
            this.event = event;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        @Override
        public int compareTo(Entry other) {
            int byDeadline = Long.compare(deadlineNanos - other.deadlineNanos, 0);
            return byDeadline != 0 ? byDeadline : Long.compare(sequence, other.sequence);
        }
    }
}
