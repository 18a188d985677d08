package io.millrace.broker.group.consumer;

import io.millrace.broker.group.assignor.PartitionSet;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Partitions that a member has, each with the epoch in which the member got it: a commit that names
 * an older epoch comes from somebody who had the partition before. Immutable.
 */
public final class AssignedPartitions {
    public static final AssignedPartitions EMPTY =
            new AssignedPartitions(PartitionSet.EMPTY, Map.of());

    private final PartitionSet partitions;
    private final Map<UUID, Map<Integer, Integer>> epochs;

    private AssignedPartitions(PartitionSet partitions, Map<UUID, Map<Integer, Integer>> epochs) {
        this.partitions = partitions;
        this.epochs = epochs;
    }

    public static AssignedPartitions of(PartitionSet partitions, int epoch) {
        return EMPTY.plus(partitions, epoch);
    }

    public PartitionSet partitions() {
        return partitions;
    }

    /** Empty if the partition is not among them. */
    public OptionalInt epochOf(UUID topic, int partition) {
        Integer epoch = epochs.getOrDefault(topic, Map.of()).get(partition);
        return epoch == null ? OptionalInt.empty() : OptionalInt.of(epoch);
    }

    /** With further partitions; those that were there keep their epochs. */
    public AssignedPartitions plus(PartitionSet more, int epoch) {
        if (more.isEmpty()) {
            return this;
        }
        Builder all = new Builder();
        partitions.forEach((topic, p) -> all.add(topic, p, epochOf(topic, p).orElse(epoch)));
        more.minus(partitions).forEach((topic, p) -> all.add(topic, p, epoch));
        return all.build();
    }

    /** Only those that are also in {@code kept}. */
    public AssignedPartitions retain(PartitionSet kept) {
        Builder rest = new Builder();
        partitions
                .intersect(kept)
                .forEach((topic, p) -> epochOf(topic, p).ifPresent(e -> rest.add(topic, p, e)));
        return rest.build();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AssignedPartitions that
                && partitions.equals(that.partitions)
                && epochs.equals(that.epochs);
    }

    @Override
    public int hashCode() {
        return partitions.hashCode();
    }

    @Override
    public String toString() {
        return epochs.toString();
    }

    /** Collects partitions in any order. */
    public static final class Builder {
        private final PartitionSet.Builder partitions = new PartitionSet.Builder();
        private final Map<UUID, Map<Integer, Integer>> epochs = new HashMap<>();

        public Builder add(UUID topic, int partition, int epoch) {
            partitions.add(topic, partition);
            epochs.computeIfAbsent(topic, id -> new HashMap<>()).put(partition, epoch);
            return this;
        }

        public AssignedPartitions build() {
            return epochs.isEmpty() ? EMPTY : new AssignedPartitions(partitions.build(), epochs);
        }
    }
}
