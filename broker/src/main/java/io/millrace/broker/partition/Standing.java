package io.millrace.broker.partition;

import io.millrace.metadata.image.PartitionImage;
import java.util.List;

/**
 * What this broker is to a partition. Immutable; any thread.
 *
 * @param leader node that leads, or -1
 * @param leaderEpoch epoch under which it does
 * @param replicas nodes that hold the partition
 */
record Standing(
        boolean leads, boolean follows, int leader, int leaderEpoch, List<Integer> replicas) {
    /** The metadata has not said anything yet, or the partition is not here any more. */
    static final Standing NONE = new Standing(false, false, -1, -1, List.of());

    static Standing of(int nodeId, PartitionImage state) {
        boolean leads = state.leader() == nodeId;
        return new Standing(leads, !leads, state.leader(), state.leaderEpoch(), state.replicas());
    }

    /** Whether the log is here and may be read. */
    boolean holds() {
        return leads || follows;
    }

    /** The same without a part in it. */
    Standing resigned() {
        return new Standing(false, false, leader, leaderEpoch, replicas);
    }
}
