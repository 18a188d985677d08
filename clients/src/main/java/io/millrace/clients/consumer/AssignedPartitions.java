package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The partitions that this consumer reads now, in the order of their turn. Of the polling thread.
 */
final class AssignedPartitions {
    private final LinkedHashMap<TopicPartition, AssignedPartition> all = new LinkedHashMap<>();

    /** Makes the assignment exactly this; what stays keeps its position. */
    void retain(Collection<TopicPartition> now) {
        all.keySet().retainAll(Set.copyOf(now));
        for (TopicPartition partition : now) {
            all.computeIfAbsent(partition, AssignedPartition::new);
        }
    }

    /** Adds partitions; those already there stay as they are. */
    void add(Collection<TopicPartition> more) {
        for (TopicPartition partition : more) {
            all.computeIfAbsent(partition, AssignedPartition::new);
        }
    }

    void remove(Collection<TopicPartition> gone) {
        gone.forEach(all::remove);
    }

    Set<TopicPartition> partitions() {
        return Set.copyOf(all.keySet());
    }

    List<AssignedPartition> inOrder() {
        return new ArrayList<>(all.values());
    }

    Collection<AssignedPartition> each() {
        return all.values();
    }

    /** The partition had its turn. */
    void toEnd(AssignedPartition partition) {
        if (all.remove(partition.partition(), partition)) {
            all.put(partition.partition(), partition);
        }
    }

    @Nullable AssignedPartition find(TopicPartition partition) {
        return all.get(partition);
    }

    /**
     * @throws IllegalStateException naming the partition, if it is not assigned
     */
    AssignedPartition get(TopicPartition partition) {
        AssignedPartition found = all.get(partition);
        if (found == null) {
            throw new IllegalStateException(partition + " is not assigned to this consumer");
        }
        return found;
    }

    /** Whether this is still the present position of a partition that is still ours. */
    boolean isCurrent(TopicPartition partition, int session) {
        AssignedPartition found = all.get(partition);
        return found != null && found.session() == session;
    }

    /** Positions to commit, of the partitions that have one. */
    Map<TopicPartition, OffsetAndMetadata> toCommit() {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        all.forEach(
                (partition, assigned) -> {
                    if (assigned.hasPosition()) {
                        offsets.put(partition, assigned.toCommit());
                    }
                });
        return offsets;
    }
}
