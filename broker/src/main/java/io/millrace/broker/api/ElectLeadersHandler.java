package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ElectLeadersRequest;
import io.millrace.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.millrace.protocol.message.ElectLeadersResponse;
import io.millrace.protocol.message.ElectLeadersResponse.PartitionResult;
import io.millrace.protocol.message.ElectLeadersResponse.ReplicaElectionResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Answers whether other leaders could be elected. While every partition has one replica, none can:
 * a partition that is led has the leader it should have, and nobody can stand in for the others.
 */
final class ElectLeadersHandler implements ApiHandler<ElectLeadersRequest, ElectLeadersResponse> {
    private static final byte PREFERRED = 0;
    private static final byte UNCLEAN = 1;

    private final MetadataView metadata;

    ElectLeadersHandler(MetadataView metadata) {
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<ElectLeadersResponse> handle(
            RequestContext context, ElectLeadersRequest request) {
        byte type = request.electionType();
        if (type != PREFERRED && type != UNCLEAN) {
            return CompletableFuture.completedFuture(
                    failure(
                            context,
                            request,
                            ErrorCode.INVALID_REQUEST,
                            "election type " + type + " is unknown"));
        }
        MetadataImage image = metadata.image();
        List<ReplicaElectionResult> results = new ArrayList<>();
        List<TopicPartitions> asked = request.topicPartitions();
        if (asked == null) {
            image.forEachTopic(topic -> results.add(missingLeaders(topic, type)));
        } else {
            for (TopicPartitions topic : asked) {
                List<PartitionResult> partitions = new ArrayList<>();
                for (int index : topic.partitions()) {
                    partitions.add(result(image, topic.topic(), index, type));
                }
                results.add(
                        new ReplicaElectionResult()
                                .topic(topic.topic())
                                .partitionResult(partitions));
            }
        }
        return CompletableFuture.completedFuture(
                new ElectLeadersResponse().replicaElectionResults(results));
    }

    @Override
    public ElectLeadersResponse failure(
            RequestContext context, ElectLeadersRequest request, ErrorCode error, String message) {
        List<ReplicaElectionResult> results = new ArrayList<>();
        List<TopicPartitions> asked = request.topicPartitions();
        if (asked != null) {
            for (TopicPartitions topic : asked) {
                results.add(
                        new ReplicaElectionResult()
                                .topic(topic.topic())
                                .partitionResult(
                                        topic.partitions().stream()
                                                .map(index -> failed(index, error, message))
                                                .toList()));
            }
        }
        return new ElectLeadersResponse().errorCode(error.code()).replicaElectionResults(results);
    }

    /** For a request about everything, partitions that need no election are left out. */
    private static ReplicaElectionResult missingLeaders(TopicImage topic, byte type) {
        List<PartitionResult> partitions = new ArrayList<>();
        for (int index = 0; index < topic.partitionCount(); index++) {
            ErrorCode outcome = outcome(topic.partition(index), type);
            if (outcome != ErrorCode.ELECTION_NOT_NEEDED) {
                partitions.add(failed(index, outcome, outcome.message()));
            }
        }
        return new ReplicaElectionResult().topic(topic.name()).partitionResult(partitions);
    }

    private static PartitionResult result(MetadataImage image, String topic, int index, byte type) {
        ErrorCode outcome = outcome(image.partition(topic, index), type);
        return failed(index, outcome, topic + "-" + index + ": " + outcome.message());
    }

    private static ErrorCode outcome(@Nullable PartitionImage partition, byte type) {
        if (partition == null) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (type == UNCLEAN) {
            return partition.hasLeader()
                    ? ErrorCode.ELECTION_NOT_NEEDED
                    : ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE;
        }
        return partition.leader() == partition.replicas().get(0)
                ? ErrorCode.ELECTION_NOT_NEEDED
                : ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE;
    }

    private static PartitionResult failed(int index, ErrorCode error, String why) {
        return new PartitionResult().partitionId(index).errorCode(error.code()).errorMessage(why);
    }
}
