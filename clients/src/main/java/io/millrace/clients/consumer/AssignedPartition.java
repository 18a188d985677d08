package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import java.util.ArrayDeque;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A partition that this consumer reads: where it stands, and what was fetched of it. Of the polling
 * thread.
 */
final class AssignedPartition {
    static final long UNKNOWN = -1;

    private final TopicPartition partition;
    private final ArrayDeque<FetchedRecords> fetched = new ArrayDeque<>();
    private Search search = Search.COMMITTED;
    private boolean searching;
    private long notBeforeNanos;
    private boolean delayed;
    private long position = UNKNOWN;
    private int leaderEpoch = -1;
    private int session;
    private boolean paused;
    private long highWatermark = UNKNOWN;
    private long lastStableOffset = UNKNOWN;

    /** What is still to be found out before it can be read. */
    enum Search {
        /** The group's committed offset. */
        COMMITTED,
        /** The start of the log. */
        EARLIEST,
        /** The end of the log. */
        LATEST,
        /** Nothing: there is a position. */
        DONE
    }

    AssignedPartition(TopicPartition partition) {
        this.partition = partition;
    }

    TopicPartition partition() {
        return partition;
    }

    Search search() {
        return search;
    }

    boolean hasPosition() {
        return search == Search.DONE;
    }

    /** Looks for another position; whatever was fetched or is being looked up is void. */
    void search(Search what) {
        session++;
        search = what;
        searching = false;
        delayed = false;
        position = UNKNOWN;
        leaderEpoch = -1;
        fetched.clear();
    }

    /** Stands here now; whatever was fetched or is being looked up is void. */
    void seek(long offset, int epoch) {
        search(Search.DONE);
        position = offset;
        leaderEpoch = epoch;
    }

    /** Whether a search is to be started now. */
    boolean needsSearch(long nowNanos) {
        return search != Search.DONE && !searching && !(delayed && nowNanos - notBeforeNanos < 0);
    }

    void searching() {
        searching = true;
    }

    void searchAgainAt(long nanos) {
        searching = false;
        delayed = true;
        notBeforeNanos = nanos;
    }

    /** Read up to here. */
    void advance(long offset, int epoch) {
        position = offset;
        if (epoch >= 0) {
            leaderEpoch = epoch;
        }
    }

    long position() {
        return position;
    }

    int leaderEpoch() {
        return leaderEpoch;
    }

    OffsetAndMetadata toCommit() {
        return new OffsetAndMetadata(
                position, leaderEpoch < 0 ? OptionalInt.empty() : OptionalInt.of(leaderEpoch), "");
    }

    /** Number of the present position: changes with every seek. */
    int session() {
        return session;
    }

    boolean isPaused() {
        return paused;
    }

    void paused(boolean now) {
        paused = now;
    }

    void add(FetchedRecords records) {
        fetched.add(records);
        watermarks(records.highWatermark(), records.lastStableOffset());
    }

    @Nullable FetchedRecords takeFetched() {
        return fetched.poll();
    }

    boolean hasFetched() {
        return !fetched.isEmpty();
    }

    void watermarks(long high, long stable) {
        highWatermark = high;
        lastStableOffset = stable;
    }

    /** Offset of the end as the last fetch saw it; {@link #UNKNOWN} before. */
    long end(IsolationLevel isolation) {
        return isolation == IsolationLevel.READ_COMMITTED && lastStableOffset >= 0
                ? lastStableOffset
                : highWatermark;
    }
}
