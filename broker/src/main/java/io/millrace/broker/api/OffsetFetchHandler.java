package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.OffsetFetchRequest;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopic;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetchResponse;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartition;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseTopic;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseTopics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Tells how far groups have read. Old versions ask for one group, which becomes a batch of one. */
public final class OffsetFetchHandler
        implements ApiHandler<OffsetFetchRequest, OffsetFetchResponse> {
    private static final int FIRST_VERSION_WITH_ERROR = 2;
    private static final int FIRST_VERSION_WITH_BATCHES = 8;
    private static final int FIRST_VERSION_WITH_TOPIC_IDS = 10;

    private final GroupCoordinator groups;
    private final MetadataView metadata;

    public OffsetFetchHandler(GroupCoordinator groups, MetadataView metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<OffsetFetchResponse> handle(
            RequestContext context, OffsetFetchRequest request) {
        if (context.version() < FIRST_VERSION_WITH_BATCHES) {
            return groups.fetchOffsets(
                            request.groupId(), null, -1, request.requireStable(), asBatch(request))
                    .thenApply(group -> asSingle(group, ErrorCode.forCode(group.errorCode())));
        }
        boolean byId = context.version() >= FIRST_VERSION_WITH_TOPIC_IDS;
        List<CompletableFuture<OffsetFetchResponseGroup>> answers = new ArrayList<>();
        for (OffsetFetchRequestGroup group : request.groups()) {
            answers.add(
                    fetch(group, byId, request.requireStable())
                            .exceptionally(failure -> failed(group.groupId(), failure)));
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done ->
                                new OffsetFetchResponse()
                                        .groups(
                                                answers.stream()
                                                        .map(CompletableFuture::join)
                                                        .toList()));
    }

    private CompletableFuture<OffsetFetchResponseGroup> fetch(
            OffsetFetchRequestGroup group, boolean byId, boolean stable) {
        List<OffsetFetchRequestTopics> asked = group.topics();
        if (!byId) {
            return groups.fetchOffsets(
                    group.groupId(), group.memberId(), group.memberEpoch(), stable, asked);
        }
        MetadataImage image = metadata.image();
        if (asked == null) {
            return groups.fetchOffsets(
                            group.groupId(), group.memberId(), group.memberEpoch(), stable, null)
                    .thenApply(answer -> withIds(answer, image));
        }
        List<OffsetFetchRequestTopics> known = new ArrayList<>();
        List<OffsetFetchResponseTopics> unknown = new ArrayList<>();
        for (OffsetFetchRequestTopics topic : asked) {
            TopicImage found = image.topic(topic.topicId());
            if (found == null) {
                unknown.add(unknownTopic(topic));
            } else {
                known.add(topic.name(found.name()));
            }
        }
        return groups.fetchOffsets(
                        group.groupId(), group.memberId(), group.memberEpoch(), stable, known)
                .thenApply(
                        answer -> {
                            answer.topics().addAll(unknown);
                            return answer;
                        });
    }

    @Override
    public OffsetFetchResponse failure(
            RequestContext context, OffsetFetchRequest request, ErrorCode error, String message) {
        if (context.version() < FIRST_VERSION_WITH_BATCHES) {
            OffsetFetchResponse response = new OffsetFetchResponse().errorCode(error.code());
            List<OffsetFetchRequestTopics> topics = asBatch(request);
            if (context.version() < FIRST_VERSION_WITH_ERROR && topics != null) {
                OffsetFetchResponseGroup group = new OffsetFetchResponseGroup();
                topics.forEach(topic -> group.topics().add(unknownTopic(topic)));
                response.topics(asSingle(group, error).topics());
            }
            return response;
        }
        List<OffsetFetchResponseGroup> failed = new ArrayList<>();
        request.groups()
                .forEach(
                        group ->
                                failed.add(
                                        new OffsetFetchResponseGroup()
                                                .groupId(group.groupId())
                                                .errorCode(error.code())));
        return new OffsetFetchResponse().groups(failed);
    }

    /** Offsets of topics that are gone have no id to be told under. */
    private static OffsetFetchResponseGroup withIds(
            OffsetFetchResponseGroup answer, MetadataImage image) {
        List<OffsetFetchResponseTopics> known = new ArrayList<>();
        for (OffsetFetchResponseTopics topic : answer.topics()) {
            TopicImage found = image.topic(topic.name());
            if (found != null) {
                known.add(topic.topicId(found.id()));
            }
        }
        return answer.topics(known);
    }

    private static OffsetFetchResponseTopics unknownTopic(OffsetFetchRequestTopics topic) {
        List<OffsetFetchResponsePartitions> partitions = new ArrayList<>();
        for (int partition : topic.partitionIndexes()) {
            partitions.add(
                    new OffsetFetchResponsePartitions()
                            .partitionIndex(partition)
                            .committedOffset(-1)
                            .metadata("")
                            .errorCode(ErrorCode.UNKNOWN_TOPIC_ID.code()));
        }
        return new OffsetFetchResponseTopics()
                .name(topic.name())
                .topicId(topic.topicId())
                .partitions(partitions);
    }

    private static OffsetFetchResponseGroup failed(String groupId, Throwable failure) {
        return new OffsetFetchResponseGroup()
                .groupId(groupId)
                .errorCode(ApiFailures.codeOf(failure).code());
    }

    private static @Nullable List<OffsetFetchRequestTopics> asBatch(OffsetFetchRequest request) {
        List<OffsetFetchRequestTopic> topics = request.topics();
        if (topics == null) {
            return null;
        }
        List<OffsetFetchRequestTopics> batch = new ArrayList<>();
        topics.forEach(
                topic ->
                        batch.add(
                                new OffsetFetchRequestTopics()
                                        .name(topic.name())
                                        .partitionIndexes(topic.partitionIndexes())));
        return batch;
    }

    private static OffsetFetchResponse asSingle(OffsetFetchResponseGroup group, ErrorCode error) {
        List<OffsetFetchResponseTopic> topics = new ArrayList<>();
        for (OffsetFetchResponseTopics topic : group.topics()) {
            List<OffsetFetchResponsePartition> partitions = new ArrayList<>();
            for (OffsetFetchResponsePartitions answer : topic.partitions()) {
                partitions.add(
                        new OffsetFetchResponsePartition()
                                .partitionIndex(answer.partitionIndex())
                                .committedOffset(answer.committedOffset())
                                .committedLeaderEpoch(answer.committedLeaderEpoch())
                                .metadata(answer.metadata())
                                .errorCode(
                                        error == ErrorCode.NONE
                                                ? answer.errorCode()
                                                : error.code()));
            }
            topics.add(new OffsetFetchResponseTopic().name(topic.name()).partitions(partitions));
        }
        return new OffsetFetchResponse().topics(topics).errorCode(error.code());
    }
}
