package io.millrace.broker.api;

import io.millrace.broker.share.ShareGroupOffsets;
import io.millrace.broker.share.ShareGroupOffsets.Position;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeShareGroupOffsetsRequest;
import io.millrace.protocol.message.DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestGroup;
import io.millrace.protocol.message.DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestTopic;
import io.millrace.protocol.message.DescribeShareGroupOffsetsResponse;
import io.millrace.protocol.message.DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseGroup;
import io.millrace.protocol.message.DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponsePartition;
import io.millrace.protocol.message.DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponseTopic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Tells where share groups stand in their partitions. */
public final class DescribeShareGroupOffsetsHandler
        implements ApiHandler<DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse> {
    private static final UUID NO_ID = new UUID(0, 0);

    private final ShareGroupOffsets offsets;

    public DescribeShareGroupOffsetsHandler(ShareGroupOffsets offsets) {
        this.offsets = offsets;
    }

    @Override
    public CompletableFuture<DescribeShareGroupOffsetsResponse> handle(
            RequestContext context, DescribeShareGroupOffsetsRequest request) {
        return PerGroup.ask(
                        request.groups(), this::describe, DescribeShareGroupOffsetsHandler::failed)
                .thenApply(answers -> new DescribeShareGroupOffsetsResponse().groups(answers));
    }

    private CompletableFuture<DescribeShareGroupOffsetsResponseGroup> describe(
            DescribeShareGroupOffsetsRequestGroup group) {
        List<DescribeShareGroupOffsetsRequestTopic> topics = group.topics();
        if (topics == null) {
            return offsets.all(group.groupId())
                    .thenApply(
                            positions -> {
                                Map<String, DescribeShareGroupOffsetsResponseTopic> byName =
                                        new LinkedHashMap<>();
                                for (Position position : positions) {
                                    add(byName, nameOf(position), position);
                                }
                                return answer(group, byName);
                            });
        }
        Map<String, DescribeShareGroupOffsetsResponseTopic> byName = new LinkedHashMap<>();
        List<CompletableFuture<?>> all = new ArrayList<>();
        Map<String, List<CompletableFuture<Position>>> asked = new LinkedHashMap<>();
        for (DescribeShareGroupOffsetsRequestTopic topic : topics) {
            for (int partition : topic.partitions()) {
                CompletableFuture<Position> one =
                        offsets.one(group.groupId(), topic.topicName(), partition);
                asked.computeIfAbsent(topic.topicName(), name -> new ArrayList<>()).add(one);
                all.add(one);
            }
        }
        return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done -> {
                            asked.forEach(
                                    (name, positions) ->
                                            positions.forEach(
                                                    one -> add(byName, name, one.join())));
                            return answer(group, byName);
                        });
    }

    private static String nameOf(Position position) {
        return position.topic() == null ? "" : position.topic().name();
    }

    private static void add(
            Map<String, DescribeShareGroupOffsetsResponseTopic> byName,
            String name,
            Position position) {
        DescribeShareGroupOffsetsResponsePartition partition =
                new DescribeShareGroupOffsetsResponsePartition()
                        .partitionIndex(position.partition())
                        .startOffset(position.startOffset())
                        .leaderEpoch(position.leaderEpoch())
                        .lag(position.lag())
                        .errorCode(position.error().code());
        if (position.error() != ErrorCode.NONE) {
            partition.errorMessage(position.error().message());
        }
        byName.computeIfAbsent(
                        name,
                        same ->
                                new DescribeShareGroupOffsetsResponseTopic()
                                        .topicName(name)
                                        .topicId(
                                                position.topic() == null
                                                        ? NO_ID
                                                        : position.topic().id()))
                .partitions()
                .add(partition);
    }

    private static DescribeShareGroupOffsetsResponseGroup answer(
            DescribeShareGroupOffsetsRequestGroup group,
            Map<String, DescribeShareGroupOffsetsResponseTopic> topics) {
        return new DescribeShareGroupOffsetsResponseGroup()
                .groupId(group.groupId())
                .topics(List.copyOf(topics.values()));
    }

    @Override
    public DescribeShareGroupOffsetsResponse failure(
            RequestContext context,
            DescribeShareGroupOffsetsRequest request,
            ErrorCode error,
            String message) {
        return new DescribeShareGroupOffsetsResponse()
                .groups(
                        PerGroup.allFailed(
                                request.groups(), error, DescribeShareGroupOffsetsHandler::failed));
    }

    private static DescribeShareGroupOffsetsResponseGroup failed(
            DescribeShareGroupOffsetsRequestGroup group, ErrorCode error) {
        return new DescribeShareGroupOffsetsResponseGroup()
                .groupId(group.groupId())
                .errorCode(error.code())
                .errorMessage(error.message());
    }
}
