package io.millrace.metadata.image;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One topic: partitions by index, without gaps. */
public record TopicImage(UUID id, String name, List<PartitionImage> partitions) {

    public int partitionCount() {
        return partitions.size();
    }

    /** The partition, or null if the topic has no such index. */
    public @Nullable PartitionImage partition(int index) {
        return index >= 0 && index < partitions.size() ? partitions.get(index) : null;
    }

    /** Calls with each partition that has a replica on the broker, in order. */
    public void forEachOn(int brokerId, MetadataImage.PartitionAction action) {
        for (int index = 0; index < partitions.size(); index++) {
            PartitionImage partition = partitions.get(index);
            if (partition.replicas().contains(brokerId)) {
                action.accept(this, index, partition);
            }
        }
    }
}
