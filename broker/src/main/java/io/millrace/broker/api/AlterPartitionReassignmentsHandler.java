package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.millrace.protocol.message.AlterPartitionReassignmentsResponse;
import io.millrace.protocol.message.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;
import io.millrace.protocol.message.AlterPartitionReassignmentsResponse.ReassignableTopicResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Checks where replicas should go. On the one broker that leads a partition there is nowhere to go:
 * what names the replicas a partition has succeeds, everything else is refused.
 */
final class AlterPartitionReassignmentsHandler
        implements ApiHandler<
                AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse> {
    private final MetadataView metadata;

    AlterPartitionReassignmentsHandler(MetadataView metadata) {
        this.metadata = metadata;
    }

    /** What is answered about one partition. */
    private record Verdict(ErrorCode error, @Nullable String why) {}

    @Override
    public CompletableFuture<AlterPartitionReassignmentsResponse> handle(
            RequestContext context, AlterPartitionReassignmentsRequest request) {
        MetadataImage image = metadata.image();
        List<ReassignableTopicResponse> topics = new ArrayList<>();
        for (ReassignableTopic topic : request.topics()) {
            List<ReassignablePartitionResponse> partitions = new ArrayList<>();
            for (ReassignablePartition partition : topic.partitions()) {
                Verdict verdict = verdict(image, topic.name(), partition);
                partitions.add(
                        new ReassignablePartitionResponse()
                                .partitionIndex(partition.partitionIndex())
                                .errorCode(verdict.error.code())
                                .errorMessage(verdict.why));
            }
            topics.add(new ReassignableTopicResponse().name(topic.name()).partitions(partitions));
        }
        return CompletableFuture.completedFuture(
                new AlterPartitionReassignmentsResponse()
                        .allowReplicationFactorChange(request.allowReplicationFactorChange())
                        .errorMessage(null)
                        .responses(topics));
    }

    @Override
    public AlterPartitionReassignmentsResponse failure(
            RequestContext context,
            AlterPartitionReassignmentsRequest request,
            ErrorCode error,
            String message) {
        return new AlterPartitionReassignmentsResponse()
                .allowReplicationFactorChange(request.allowReplicationFactorChange())
                .errorCode(error.code())
                .errorMessage(message);
    }

    private static Verdict verdict(
            MetadataImage image, String topic, ReassignablePartition wanted) {
        String name = topic + "-" + wanted.partitionIndex();
        PartitionImage partition = image.partition(topic, wanted.partitionIndex());
        if (partition == null) {
            return new Verdict(
                    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "partition " + name + " does not exist");
        }
        List<Integer> replicas = wanted.replicas();
        if (replicas == null) {
            return new Verdict(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, null);
        }
        if (replicas.isEmpty() || new HashSet<>(replicas).size() != replicas.size()) {
            return refused(name, "replicas " + replicas + " are empty or name a broker twice");
        }
        for (int broker : replicas) {
            if (image.broker(broker) == null) {
                return refused(name, "broker " + broker + " is not registered");
            }
        }
        return replicas.equals(partition.replicas())
                ? new Verdict(ErrorCode.NONE, null)
                : refused(name, "replicas stay where they are, on " + partition.replicas());
    }

    private static Verdict refused(String partition, String why) {
        return new Verdict(ErrorCode.INVALID_REPLICA_ASSIGNMENT, partition + ": " + why);
    }
}
