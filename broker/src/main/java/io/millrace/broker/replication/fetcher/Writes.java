package io.millrace.broker.replication.fetcher;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Answers on their way into the logs: those that the next request waits for, and those of
 * partitions that once took too long, which it does not wait for. Owned by its lane.
 */
final class Writes {
    /** How long the next request waits for the last answer to be written. */
    static final long PATIENCE_MS = 50;

    private final Set<LanePartition> awaited = new LinkedHashSet<>();
    private final Set<LanePartition> late = new LinkedHashSet<>();

    /** An answer is being written; true if the next request waits for it. */
    boolean begin(LanePartition partition, long nowMs) {
        partition.writingSinceMs = nowMs;
        (partition.slow ? late : awaited).add(partition);
        return !partition.slow;
    }

    /** It is written. Whether it was quick decides whether it is waited for the next time. */
    void end(LanePartition partition, long nowMs) {
        partition.slow = nowMs - partition.writingSinceMs > PATIENCE_MS;
        awaited.remove(partition);
        late.remove(partition);
    }

    /** Waits no more; gives those that are not done. */
    List<LanePartition> giveUp() {
        List<LanePartition> notDone = List.copyOf(awaited);
        late.addAll(awaited);
        awaited.clear();
        return notDone;
    }

    boolean allDone() {
        return awaited.isEmpty();
    }

    boolean anyLate() {
        return !late.isEmpty();
    }
}
