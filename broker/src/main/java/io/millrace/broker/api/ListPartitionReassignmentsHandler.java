package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ListPartitionReassignmentsRequest;
import io.millrace.protocol.message.ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics;
import io.millrace.protocol.message.ListPartitionReassignmentsResponse;
import io.millrace.protocol.message.ListPartitionReassignmentsResponse.OngoingPartitionReassignment;
import io.millrace.protocol.message.ListPartitionReassignmentsResponse.OngoingTopicReassignment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Tells which replicas are being moved; how far they are, DescribeLogDirs tells. */
final class ListPartitionReassignmentsHandler
        implements ApiHandler<
                ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse> {
    private final MetadataView metadata;

    ListPartitionReassignmentsHandler(MetadataView metadata) {
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<ListPartitionReassignmentsResponse> handle(
            RequestContext context, ListPartitionReassignmentsRequest request) {
        MetadataImage image = metadata.image();
        List<OngoingTopicReassignment> topics = new ArrayList<>();
        List<ListPartitionReassignmentsTopics> asked = request.topics();
        if (asked == null) {
            image.forEachTopic(
                    topic -> add(topics, topic, IntStream.range(0, topic.partitionCount())));
        } else {
            for (ListPartitionReassignmentsTopics wanted : asked) {
                add(
                        topics,
                        image.topic(wanted.name()),
                        wanted.partitionIndexes().stream().mapToInt(Integer::intValue));
            }
        }
        return CompletableFuture.completedFuture(
                new ListPartitionReassignmentsResponse().errorMessage(null).topics(topics));
    }

    /** What rests, or does not exist, is left out. */
    private static void add(
            List<OngoingTopicReassignment> topics, @Nullable TopicImage topic, IntStream indexes) {
        if (topic == null) {
            return;
        }
        List<OngoingPartitionReassignment> partitions = new ArrayList<>();
        indexes.forEach(
                index -> {
                    PartitionImage partition = topic.partition(index);
                    if (partition != null && partition.moving().isUnderWay()) {
                        partitions.add(
                                new OngoingPartitionReassignment()
                                        .partitionIndex(index)
                                        .replicas(partition.replicas())
                                        .addingReplicas(partition.moving().adding())
                                        .removingReplicas(partition.moving().removing()));
                    }
                });
        if (!partitions.isEmpty()) {
            topics.add(new OngoingTopicReassignment().name(topic.name()).partitions(partitions));
        }
    }

    @Override
    public ListPartitionReassignmentsResponse failure(
            RequestContext context,
            ListPartitionReassignmentsRequest request,
            ErrorCode error,
            String message) {
        return new ListPartitionReassignmentsResponse()
                .errorCode(error.code())
                .errorMessage(message);
    }
}
