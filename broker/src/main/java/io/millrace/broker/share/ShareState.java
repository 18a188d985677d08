package io.millrace.broker.share;

import java.util.List;

/**
 * What is recorded of one share-partition.
 *
 * @param stateEpoch rises when the state is set anew from outside; writers of an older one are
 *     refused
 * @param leaderEpoch of the partition's leader that wrote last
 * @param startOffset first offset that is not done with; -1 = not decided yet
 * @param batches of offsets from the start offset on that are not simply available for the first
 *     time; in order, not overlapping
 */
public record ShareState(
        int stateEpoch, int leaderEpoch, long startOffset, List<StateBatch> batches) {
    /** The start offset before the first fetch. */
    public static final long UNDECIDED = -1;

    public ShareState {
        batches = List.copyOf(batches);
    }

    /** A run of offsets in the same state, both ends included. */
    public record StateBatch(long firstOffset, long lastOffset, byte state, short deliveries) {
        long count() {
            return lastOffset - firstOffset + 1;
        }
    }

    /** Offsets from the start offset on whose delivery is over. */
    public long completed() {
        return batches.stream()
                .filter(batch -> DeliveryState.of(batch.state()).isFinal())
                .mapToLong(StateBatch::count)
                .sum();
    }
}
