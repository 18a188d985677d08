package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;

/** A partition being fetched: how far, and how much of it waits to be consumed. Of the loop. */
final class FetchTarget {
    private final TopicPartition partition;
    private final int session;
    private long nextOffset;
    private int lastEpoch;
    private int waiting;
    private long notBeforeNanos;
    private boolean delayed;
    private long lastHighWatermark = -1;
    private long lastStable = -1;

    /**
     * @param session tells fetches before a seek from those after it
     * @param lastEpoch leader epoch of the record before {@code offset}; -1 if not known
     */
    FetchTarget(TopicPartition partition, int session, long offset, int lastEpoch) {
        this.partition = partition;
        this.session = session;
        this.nextOffset = offset;
        this.lastEpoch = lastEpoch;
    }

    TopicPartition partition() {
        return partition;
    }

    int session() {
        return session;
    }

    long nextOffset() {
        return nextOffset;
    }

    int lastEpoch() {
        return lastEpoch;
    }

    void fetched(long next, int epoch) {
        nextOffset = next;
        lastEpoch = epoch;
        waiting++;
    }

    void consumed() {
        waiting--;
    }

    /** Fetches that were not consumed yet. */
    int waiting() {
        return waiting;
    }

    void delayUntil(long nanos) {
        notBeforeNanos = nanos;
        delayed = true;
    }

    boolean isDelayed(long nowNanos) {
        return delayed && nowNanos - notBeforeNanos < 0;
    }

    /** Whether these are news. */
    boolean watermarks(long highWatermark, long lastStableOffset) {
        boolean changed = highWatermark != lastHighWatermark || lastStableOffset != lastStable;
        lastHighWatermark = highWatermark;
        lastStable = lastStableOffset;
        return changed;
    }
}
