package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import java.util.function.LongConsumer;

/**
 * One timer for all appends of a partition whose writers are kept waiting; an append that is
 * answered at once never meets it. Owned by the partition's owner.
 */
final class AppendTimeouts {
    private final EventLoop owner;
    private final LongConsumer onDeadline;
    private long armedForMs = PendingAppend.NO_DEADLINE;

    /**
     * @param onDeadline called on the owner with the monotonic time in milliseconds when some
     *     append has waited long enough; it gives back those that go on waiting by {@link #watch}
     */
    AppendTimeouts(EventLoop owner, LongConsumer onDeadline) {
        this.owner = owner;
        this.onDeadline = onDeadline;
    }

    /** Begins to count the time of an append, or goes on counting it. */
    void watch(PendingAppend append) {
        if (append.demand.timeoutMs() == Integer.MAX_VALUE) {
            return;
        }
        long now = owner.clock().monotonicMs();
        if (append.deadlineMs == PendingAppend.NO_DEADLINE) {
            append.deadlineMs = now + Math.max(0, append.demand.timeoutMs());
        }
        if (append.deadlineMs < armedForMs) {
            armedForMs = append.deadlineMs;
            owner.schedule(Math.max(0, append.deadlineMs - now), this::onTimer);
        }
    }

    private void onTimer() {
        armedForMs = PendingAppend.NO_DEADLINE;
        onDeadline.accept(owner.clock().monotonicMs());
    }
}
