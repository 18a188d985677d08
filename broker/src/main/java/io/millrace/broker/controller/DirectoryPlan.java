package io.millrace.broker.controller;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Notes in which log directories brokers hold their replicas (KIP-858). Pure. */
public final class DirectoryPlan {
    private final Basis basis;

    public DirectoryPlan(Basis basis) {
        this.basis = basis;
    }

    /** As {@link ControllerApi#assignDirectories}. */
    public Decision<List<AdminResult<DirectoryAssignment>>> assign(
            int brokerId, long brokerEpoch, List<DirectoryAssignment> assignments) {
        BrokerImage broker = BrokerPlan.current(basis.image(), brokerId, brokerEpoch);
        List<MetadataRecord> records = new ArrayList<>();
        List<AdminResult<DirectoryAssignment>> results = new ArrayList<>(assignments.size());
        Set<List<Object>> seen = new HashSet<>();
        for (DirectoryAssignment wish : assignments) {
            boolean repeated = !seen.add(List.of(wish.topicId(), wish.index()));
            ErrorCode error =
                    repeated ? ErrorCode.INVALID_REQUEST : assignOne(broker, wish, records);
            results.add(
                    error == ErrorCode.NONE
                            ? new AdminResult.Done<>(wish)
                            : new AdminResult.Rejected<>(error, error.message()));
        }
        return new Decision<>(records, results);
    }

    private ErrorCode assignOne(
            BrokerImage broker, DirectoryAssignment wish, List<MetadataRecord> records) {
        TopicImage topic = basis.image().topic(wish.topicId());
        if (topic == null) {
            return ErrorCode.UNKNOWN_TOPIC_ID;
        }
        PartitionImage partition = topic.partition(wish.index());
        if (partition == null) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (!partition.replicas().contains(broker.id())) {
            return ErrorCode.NOT_LEADER_OR_FOLLOWER;
        }
        if (!broker.registration().directories().contains(wish.directory())) {
            return ErrorCode.LOG_DIR_NOT_FOUND;
        }
        if (partition.directory(broker.id()).equals(wish.directory())) {
            return ErrorCode.NONE;
        }
        List<UUID> directories = new ArrayList<>(partition.replicas().size());
        for (int id : partition.replicas()) {
            directories.add(id == broker.id() ? wish.directory() : partition.directory(id));
        }
        records.add(
                new PartitionChange(
                        wish.topicId(),
                        wish.index(),
                        partition.partitionEpoch() + 1,
                        null,
                        null,
                        null,
                        null,
                        false,
                        null,
                        null,
                        directories));
        return ErrorCode.NONE;
    }
}
