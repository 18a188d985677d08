package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.controller.TopicNameRule;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeTopicPartitionsRequest;
import io.millrace.protocol.message.DescribeTopicPartitionsRequest.TopicRequest;
import io.millrace.protocol.message.DescribeTopicPartitionsResponse;
import io.millrace.protocol.message.DescribeTopicPartitionsResponse.Cursor;
import io.millrace.protocol.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition;
import io.millrace.protocol.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * Describes topics in pages, in order of their names: the next page begins at the cursor that a
 * full page ends with.
 */
public final class DescribeTopicPartitionsHandler
        implements ApiHandler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse> {
    private static final int MAX_PARTITIONS = 2000;
    private static final int NO_LEADER = -1;

    private final MetadataView metadata;

    public DescribeTopicPartitionsHandler(MetadataView metadata) {
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<DescribeTopicPartitionsResponse> handle(
            RequestContext context, DescribeTopicPartitionsRequest request) {
        MetadataImage image = metadata.image();
        boolean all = request.topics().isEmpty();
        TreeSet<String> names = new TreeSet<>();
        request.topics().forEach(topic -> names.add(topic.name()));
        if (all) {
            image.forEachTopic(topic -> names.add(topic.name()));
        }
        var cursor = request.cursor();
        String from = cursor == null ? "" : cursor.topicName();
        int firstIndex = cursor == null ? 0 : cursor.partitionIndex();
        if (firstIndex < 0) {
            throw new ApiException(
                    ErrorCode.INVALID_REQUEST, "the cursor begins at partition " + firstIndex);
        }
        int left = Math.max(1, Math.min(MAX_PARTITIONS, request.responsePartitionLimit()));
        DescribeTopicPartitionsResponse response = new DescribeTopicPartitionsResponse();
        for (String name : names.tailSet(from)) {
            TopicImage topic = image.topic(name);
            if (topic == null) {
                response.topics().add(missing(name));
                continue;
            }
            int start = name.equals(from) ? firstIndex : 0;
            int end = Math.min(topic.partitionCount(), start + left);
            response.topics().add(describe(image, topic, start, end));
            left -= Math.max(0, end - start);
            if (end < topic.partitionCount()) {
                response.nextCursor(new Cursor().topicName(name).partitionIndex(end));
                break;
            }
            String next = names.higher(name);
            if (left <= 0 && next != null) {
                response.nextCursor(new Cursor().topicName(next).partitionIndex(0));
                break;
            }
        }
        return CompletableFuture.completedFuture(response);
    }

    @Override
    public DescribeTopicPartitionsResponse failure(
            RequestContext context,
            DescribeTopicPartitionsRequest request,
            ErrorCode error,
            String message) {
        DescribeTopicPartitionsResponse response = new DescribeTopicPartitionsResponse();
        for (TopicRequest topic : request.topics()) {
            response.topics().add(failed(topic.name(), error));
        }
        return response;
    }

    /** Shows what the client might do with the topic if it were there, as Kafka does. */
    private static DescribeTopicPartitionsResponseTopic missing(String name) {
        return failed(
                        name,
                        TopicNameRule.problem(name).isPresent()
                                ? ErrorCode.INVALID_TOPIC_EXCEPTION
                                : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
                .topicAuthorizedOperations(AuthorizedOperations.ON_TOPIC);
    }

    private static DescribeTopicPartitionsResponseTopic failed(String name, ErrorCode error) {
        return new DescribeTopicPartitionsResponseTopic().name(name).errorCode(error.code());
    }

    private static DescribeTopicPartitionsResponseTopic describe(
            MetadataImage image, TopicImage topic, int start, int end) {
        List<DescribeTopicPartitionsResponsePartition> partitions = new ArrayList<>();
        for (int index = start; index < end; index++) {
            PartitionImage partition = topic.partitions().get(index);
            List<Integer> offline = MetadataHandler.offline(image, partition);
            boolean led = partition.hasLeader() && !offline.contains(partition.leader());
            partitions.add(
                    new DescribeTopicPartitionsResponsePartition()
                            .errorCode(
                                    led
                                            ? ErrorCode.NONE.code()
                                            : ErrorCode.LEADER_NOT_AVAILABLE.code())
                            .partitionIndex(index)
                            .leaderId(led ? partition.leader() : NO_LEADER)
                            .leaderEpoch(partition.leaderEpoch())
                            .replicaNodes(partition.replicas())
                            .isrNodes(partition.isr())
                            .eligibleLeaderReplicas(partition.elr())
                            .lastKnownElr(List.of())
                            .offlineReplicas(offline));
        }
        return new DescribeTopicPartitionsResponseTopic()
                .name(topic.name())
                .topicId(topic.id())
                .isInternal(InternalTopics.contains(topic.name()))
                .topicAuthorizedOperations(AuthorizedOperations.ON_TOPIC)
                .partitions(partitions);
    }
}
