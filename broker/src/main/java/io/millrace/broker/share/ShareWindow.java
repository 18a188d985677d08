package io.millrace.broker.share;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The records of one share-partition that are neither done with nor still to come: runs of offsets
 * in the same state, between the start offset and the first offset never handed out. Pure: no I/O,
 * no time of its own. Used by one owner.
 *
 * <p>INVARIANT: the runs cover [startOffset, endOffset) without overlap, and the first is not
 * final.
 */
final class ShareWindow {
    private final NavigableMap<Long, Run> runs = new TreeMap<>();
    private long startOffset;
    private long endOffset;

    /** Offsets in one state; {@code member} and {@code lockedUntilMs} while they are acquired. */
    private record Run(
            long first,
            long last,
            DeliveryState state,
            int deliveries,
            @Nullable String member,
            long lockedUntilMs) {

        static Run idle(long first, long last, DeliveryState state, int deliveries) {
            return new Run(first, last, state, deliveries, null, 0);
        }

        Run between(long from, long to) {
            return new Run(
                    Math.max(first, from),
                    Math.min(last, to),
                    state,
                    deliveries,
                    member,
                    lockedUntilMs);
        }

        boolean continues(Run before) {
            return before.last + 1 == first
                    && before.state == state
                    && before.deliveries == deliveries
                    && state != DeliveryState.ACQUIRED;
        }
    }

    ShareWindow(long startOffset) {
        this.startOffset = startOffset;
        this.endOffset = startOffset;
    }

    /** What was recorded before; offsets without a batch are available for the first time. */
    static ShareWindow of(ShareState state) {
        ShareWindow window = new ShareWindow(state.startOffset());
        for (ShareState.StateBatch batch : state.batches()) {
            long first = Math.max(batch.firstOffset(), window.endOffset);
            if (batch.lastOffset() < first) {
                continue;
            }
            if (first > window.endOffset) {
                window.extend(Run.idle(window.endOffset, first - 1, DeliveryState.AVAILABLE, 0));
            }
            window.extend(
                    Run.idle(
                            first,
                            batch.lastOffset(),
                            DeliveryState.of(batch.state()),
                            batch.deliveries()));
        }
        window.advance();
        return window;
    }

    /** First offset that is not done with. */
    long startOffset() {
        return startOffset;
    }

    /** First offset that was never handed out. */
    long endOffset() {
        return endOffset;
    }

    /** The first offset that can be handed out; {@link #endOffset} when it is a new one. */
    long nextOffset() {
        for (Run run : runs.values()) {
            if (run.state == DeliveryState.AVAILABLE) {
                return run.first;
            }
        }
        return endOffset;
    }

    /** Whether a record can be handed out although none has been given back. */
    boolean hasRoom(ShareLimits limits) {
        return nextOffset() < endOffset || endOffset - startOffset < limits.maxLocks();
    }

    /** Who acquires, and how much. */
    record Wanted(
            String member,
            long lockedUntilMs,
            int maxRecords,
            boolean exactly,
            ShareLimits limits) {}

    /**
     * Hands out what is available among batches read from the log. Offsets of the read that are in
     * none of the batches hold no record for members and are given up.
     *
     * @param from offset that was read from, at or before the first batch
     * @param through last offset that was read
     * @param batches first and last offset of each batch with records for members, in order
     */
    List<AcquiredRange> acquire(Wanted wanted, long from, long through, List<long[]> batches) {
        List<AcquiredRange> acquired = new ArrayList<>();
        long expected = Math.max(from, startOffset);
        int left = wanted.maxRecords();
        boolean all = true;
        for (long[] batch : batches) {
            long first = Math.max(batch[0], expected);
            long last = batch[1];
            if (last < first) {
                continue;
            }
            giveUp(expected, first - 1);
            if (endOffset <= last && endOffset - startOffset < wanted.limits().maxLocks()) {
                long to = wanted.exactly() ? Math.min(last, endOffset + left - 1) : last;
                extend(Run.idle(endOffset, to, DeliveryState.AVAILABLE, 0));
            }
            left -= lock(wanted, first, last, left, acquired);
            expected = last + 1;
            if (left <= 0 || endOffset <= last) {
                all = false;
                break;
            }
        }
        if (all) {
            giveUp(expected, through);
        }
        advance();
        return acquired;
    }

    /** There is nothing to hand out at these offsets. */
    private void giveUp(long from, long to) {
        for (Run run : within(from, to)) {
            if (run.state == DeliveryState.AVAILABLE) {
                Run part = run.between(from, to);
                replace(Run.idle(part.first, part.last, DeliveryState.ARCHIVED, part.deliveries));
            }
        }
        if (endOffset <= to) {
            extend(Run.idle(endOffset, to, DeliveryState.ARCHIVED, 0));
        }
    }

    private int lock(Wanted wanted, long first, long last, int left, List<AcquiredRange> acquired) {
        int taken = 0;
        for (Run run : within(first, last)) {
            if (run.state != DeliveryState.AVAILABLE || (taken > 0 && taken >= left)) {
                continue;
            }
            Run part = run.between(first, last);
            if (wanted.exactly() && part.last - part.first + 1 > left - taken) {
                part = part.between(part.first, part.first + left - taken - 1);
            }
            if (part.last < part.first) {
                break;
            }
            Run locked =
                    new Run(
                            part.first,
                            part.last,
                            DeliveryState.ACQUIRED,
                            part.deliveries + 1,
                            wanted.member(),
                            wanted.lockedUntilMs());
            replace(locked);
            acquired.add(new AcquiredRange(locked.first, locked.last, (short) locked.deliveries));
            taken += (int) (locked.last - locked.first + 1);
        }
        return taken;
    }

    /**
     * Whether every offset from the start offset on is locked by the member.
     *
     * @return false also if offsets were never handed out
     */
    boolean isHeldBy(String member, long first, long last) {
        long from = Math.max(first, startOffset);
        if (last < from) {
            return true;
        }
        if (last >= endOffset) {
            return false;
        }
        for (Run run : within(from, last)) {
            if (run.state != DeliveryState.ACQUIRED || !member.equals(run.member)) {
                return false;
            }
        }
        return true;
    }

    /** Applies what the holder says of offsets that {@link #isHeldBy} it. */
    void acknowledge(
            AcknowledgeType type, long first, long last, long lockedUntilMs, ShareLimits limits) {
        for (Run run : within(Math.max(first, startOffset), last)) {
            Run part = run.between(first, last);
            replace(
                    switch (type) {
                        case ACCEPT ->
                                Run.idle(
                                        part.first,
                                        part.last,
                                        DeliveryState.ACKNOWLEDGED,
                                        part.deliveries);
                        case REJECT, GAP ->
                                Run.idle(
                                        part.first,
                                        part.last,
                                        DeliveryState.ARCHIVED,
                                        part.deliveries);
                        case RELEASE -> given(part, part.deliveries, limits);
                        case RENEW ->
                                new Run(
                                        part.first,
                                        part.last,
                                        part.state,
                                        part.deliveries,
                                        part.member,
                                        lockedUntilMs);
                    });
        }
        advance();
    }

    /** Gives back what is locked beyond its time; true if there was something. */
    boolean releaseExpired(long nowMs, ShareLimits limits) {
        boolean changed = false;
        for (Run run : List.copyOf(runs.values())) {
            if (run.state == DeliveryState.ACQUIRED && run.lockedUntilMs <= nowMs) {
                replace(given(run, run.deliveries, limits));
                changed = true;
            }
        }
        advance();
        return changed;
    }

    /**
     * Gives back what a member holds that has gone. It did not fail on these records, so the
     * delivery does not count.
     */
    boolean releaseMember(String member, ShareLimits limits) {
        boolean changed = false;
        for (Run run : List.copyOf(runs.values())) {
            if (run.state == DeliveryState.ACQUIRED && member.equals(run.member)) {
                replace(given(run, run.deliveries - 1, limits));
                changed = true;
            }
        }
        advance();
        return changed;
    }

    private static Run given(Run run, int deliveries, ShareLimits limits) {
        DeliveryState state =
                deliveries >= limits.maxDeliveries()
                        ? DeliveryState.ARCHIVED
                        : DeliveryState.AVAILABLE;
        return Run.idle(run.first, run.last, state, deliveries);
    }

    /** When the next lock ends; {@link Long#MAX_VALUE} if nothing is locked. */
    long nextExpiryMs() {
        long next = Long.MAX_VALUE;
        for (Run run : runs.values()) {
            if (run.state == DeliveryState.ACQUIRED) {
                next = Math.min(next, run.lockedUntilMs);
            }
        }
        return next;
    }

    /** Records before the offset are not in the log any more. True if that changes anything. */
    boolean startNotBefore(long offset) {
        if (offset <= startOffset) {
            return false;
        }
        for (Run run : within(startOffset, offset - 1)) {
            Run part = run.between(startOffset, offset - 1);
            replace(Run.idle(part.first, part.last, DeliveryState.ARCHIVED, part.deliveries));
        }
        endOffset = Math.max(endOffset, offset);
        if (runs.isEmpty()) {
            startOffset = offset;
        }
        advance();
        startOffset = Math.max(startOffset, offset);
        return true;
    }

    /** What is to be recorded; a lock does not outlive its leader, nor does its delivery count. */
    List<ShareState.StateBatch> batches() {
        List<ShareState.StateBatch> batches = new ArrayList<>();
        for (Run run : runs.values()) {
            boolean locked = run.state == DeliveryState.ACQUIRED;
            DeliveryState state = locked ? DeliveryState.AVAILABLE : run.state;
            int deliveries = locked ? run.deliveries - 1 : run.deliveries;
            if (state == DeliveryState.AVAILABLE && deliveries == 0) {
                continue;
            }
            batches.add(
                    new ShareState.StateBatch(run.first, run.last, state.id(), (short) deliveries));
        }
        return batches;
    }

    private void extend(Run run) {
        runs.put(run.first, run);
        endOffset = run.last + 1;
    }

    private List<Run> within(long first, long last) {
        List<Run> found = new ArrayList<>();
        if (last < first) {
            return found;
        }
        Long from = runs.floorKey(first);
        for (Run run : runs.tailMap(from == null ? first : from, true).values()) {
            if (run.first > last) {
                break;
            }
            if (run.last >= first) {
                found.add(run);
            }
        }
        return found;
    }

    /** Puts a run in place of the offsets that it has, within one run. */
    private void replace(Run changed) {
        Run old = runs.floorEntry(changed.first).getValue();
        if (old.first < changed.first) {
            runs.put(old.first, old.between(old.first, changed.first - 1));
        }
        if (changed.last < old.last) {
            runs.put(changed.last + 1, old.between(changed.last + 1, old.last));
        }
        runs.put(changed.first, changed);
        mergeAround(changed.first);
    }

    private void mergeAround(long first) {
        Run run = runs.get(first);
        var before = runs.lowerEntry(first);
        if (run != null && before != null && run.continues(before.getValue())) {
            runs.remove(first);
            run = Run.idle(before.getValue().first, run.last, run.state, run.deliveries);
            runs.put(run.first, run);
        }
        var after = run == null ? null : runs.higherEntry(run.first);
        if (run != null && after != null && after.getValue().continues(run)) {
            runs.remove(after.getKey());
            runs.put(
                    run.first,
                    Run.idle(run.first, after.getValue().last, run.state, run.deliveries));
        }
    }

    private void advance() {
        Iterator<Run> all = runs.values().iterator();
        while (all.hasNext()) {
            Run run = all.next();
            if (!run.state.isFinal()) {
                startOffset = run.first;
                return;
            }
            all.remove();
        }
        startOffset = endOffset;
    }
}
