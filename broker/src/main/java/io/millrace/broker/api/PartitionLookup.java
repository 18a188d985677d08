package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ErrorCode;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds the partitions that requests name, or what to say of those that are not served here. */
final class PartitionLookup {
    private final PartitionTable partitions;
    private final MetadataView metadata;

    PartitionLookup(PartitionTable partitions, MetadataView metadata) {
        this.partitions = partitions;
        this.metadata = metadata;
    }

    /** Null if this broker does not serve it, or there can be no such partition. */
    @Nullable Partition find(String topic, int index) {
        return topic.isEmpty() || index < 0 ? null : partitions.find(topic, index);
    }

    @Nullable Partition find(UUID topicId, int index) {
        return index < 0 ? null : partitions.find(topicId, index);
    }

    /** What to say of a partition that {@link #find(String, int)} did not find. */
    ErrorCode missing(String topic, int index) {
        TopicImage known = topic.isEmpty() ? null : metadata.image().topic(topic);
        return known == null ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : missing(known, index);
    }

    ErrorCode missing(UUID topicId, int index) {
        TopicImage known = metadata.image().topic(topicId);
        return known == null ? ErrorCode.UNKNOWN_TOPIC_ID : missing(known, index);
    }

    private static ErrorCode missing(TopicImage topic, int index) {
        return index < 0 || topic.partition(index) == null
                ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }

    /** Whether the partition is led here, under the epoch that the client believes in (KIP-320). */
    static ErrorCode epochProblem(Partition partition, int clientsEpoch) {
        if (!partition.leading()) {
            return ErrorCode.NOT_LEADER_OR_FOLLOWER;
        }
        int epoch = partition.leaderEpoch();
        if (clientsEpoch < 0 || clientsEpoch == epoch) {
            return ErrorCode.NONE;
        }
        return clientsEpoch < epoch
                ? ErrorCode.FENCED_LEADER_EPOCH
                : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
}
