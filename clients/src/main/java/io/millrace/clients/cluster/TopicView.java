package io.millrace.clients.cluster;

import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.UUID;

/**
 * A topic as the last metadata showed it. Immutable.
 *
 * @param id zero from brokers without topic ids
 * @param partitions by number: the partition with number n is at index n
 * @param led numbers of the partitions that have a leader, ascending
 */
public record TopicView(
        String name,
        UUID id,
        boolean internal,
        ErrorCode error,
        List<PartitionView> partitions,
        int[] led) {

    public TopicView(
            String name,
            UUID id,
            boolean internal,
            ErrorCode error,
            List<PartitionView> partitions) {
        this(
                name,
                id,
                internal,
                error,
                List.copyOf(partitions),
                partitions.stream()
                        .filter(PartitionView::hasLeader)
                        .mapToInt(view -> view.partition().partition())
                        .toArray());
    }

    /** Whether it exists and records can go there. */
    public boolean isUsable() {
        return error == ErrorCode.NONE && !partitions.isEmpty();
    }
}
