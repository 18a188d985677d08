package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.millrace.protocol.message.OffsetCommitResponse;
import io.millrace.protocol.message.OffsetCommitResponse.OffsetCommitResponsePartition;
import io.millrace.protocol.message.OffsetCommitResponse.OffsetCommitResponseTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Stores how far a group has read. */
public final class OffsetCommitHandler
        implements ApiHandler<OffsetCommitRequest, OffsetCommitResponse> {
    private static final int FIRST_VERSION_WITH_TOPIC_IDS = 10;

    private final GroupCoordinator groups;
    private final MetadataView metadata;

    public OffsetCommitHandler(GroupCoordinator groups, MetadataView metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<OffsetCommitResponse> handle(
            RequestContext context, OffsetCommitRequest request) {
        MetadataImage image = metadata.image();
        List<OffsetCommitRequestTopic> unknown = new ArrayList<>();
        if (context.version() >= FIRST_VERSION_WITH_TOPIC_IDS) {
            unknown = nameTopics(image, request);
        }
        OffsetCommitResponse unknownAnswer = answerAll(unknown, ErrorCode.UNKNOWN_TOPIC_ID);
        return groups.commit(
                        request,
                        context.version(),
                        (topic, partition) -> image.partition(topic, partition) != null)
                .thenApply(
                        response -> {
                            response.topics().addAll(unknownAnswer.topics());
                            return response;
                        });
    }

    @Override
    public OffsetCommitResponse failure(
            RequestContext context, OffsetCommitRequest request, ErrorCode error, String message) {
        return answerAll(request.topics(), error);
    }

    /** Puts names beside the ids; takes out and gives back the topics whose id nobody knows. */
    private static List<OffsetCommitRequestTopic> nameTopics(
            MetadataImage image, OffsetCommitRequest request) {
        List<OffsetCommitRequestTopic> known = new ArrayList<>();
        List<OffsetCommitRequestTopic> unknown = new ArrayList<>();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            TopicImage found = image.topic(topic.topicId());
            if (found == null) {
                unknown.add(topic);
            } else {
                known.add(topic.name(found.name()));
            }
        }
        request.topics(known);
        return unknown;
    }

    private static OffsetCommitResponse answerAll(
            List<OffsetCommitRequestTopic> topics, ErrorCode error) {
        List<OffsetCommitResponseTopic> answers = new ArrayList<>();
        for (OffsetCommitRequestTopic topic : topics) {
            List<OffsetCommitResponsePartition> partitions = new ArrayList<>();
            topic.partitions()
                    .forEach(
                            asked ->
                                    partitions.add(
                                            new OffsetCommitResponsePartition()
                                                    .partitionIndex(asked.partitionIndex())
                                                    .errorCode(error.code())));
            answers.add(
                    new OffsetCommitResponseTopic()
                            .name(topic.name())
                            .topicId(topic.topicId())
                            .partitions(partitions));
        }
        return new OffsetCommitResponse().topics(answers);
    }
}
