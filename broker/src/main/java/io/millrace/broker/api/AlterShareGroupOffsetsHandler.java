package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.share.ShareGroupOffsets;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterShareGroupOffsetsRequest;
import io.millrace.protocol.message.AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestPartition;
import io.millrace.protocol.message.AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestTopic;
import io.millrace.protocol.message.AlterShareGroupOffsetsResponse;
import io.millrace.protocol.message.AlterShareGroupOffsetsResponse.AlterShareGroupOffsetsResponsePartition;
import io.millrace.protocol.message.AlterShareGroupOffsetsResponse.AlterShareGroupOffsetsResponseTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Sets where a share group without members goes on. A group that is not there is made. */
public final class AlterShareGroupOffsetsHandler
        implements ApiHandler<AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse> {
    private final ShareGroupOffsets offsets;
    private final GroupCoordinator groups;
    private final TopicCreation creation;
    private final MetadataView metadata;

    public AlterShareGroupOffsetsHandler(
            ShareGroupOffsets offsets,
            GroupCoordinator groups,
            TopicCreation creation,
            MetadataView metadata) {
        this.offsets = offsets;
        this.groups = groups;
        this.creation = creation;
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<AlterShareGroupOffsetsResponse> handle(
            RequestContext context, AlterShareGroupOffsetsRequest request) {
        boolean matters = namesSomething(request);
        return creation.createShareStateTopic()
                .thenCompose(created -> groups.emptyShareGroup(request.groupId(), matters))
                .thenCompose(
                        error -> {
                            boolean needsNone = !matters && error == ErrorCode.GROUP_ID_NOT_FOUND;
                            if (error != ErrorCode.NONE && !needsNone) {
                                throw new ApiException(error);
                            }
                            return alter(request);
                        });
    }

    /** Whether one of the partitions is there; if none is, no group is made for them. */
    private boolean namesSomething(AlterShareGroupOffsetsRequest request) {
        MetadataImage image = metadata.image();
        return request.topics().stream()
                .anyMatch(
                        topic ->
                                topic.partitions().stream()
                                        .anyMatch(
                                                p ->
                                                        image.partition(
                                                                        topic.topicName(),
                                                                        p.partitionIndex())
                                                                != null));
    }

    private CompletableFuture<AlterShareGroupOffsetsResponse> alter(
            AlterShareGroupOffsetsRequest request) {
        AlterShareGroupOffsetsResponse response = new AlterShareGroupOffsetsResponse();
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (AlterShareGroupOffsetsRequestTopic topic : request.topics()) {
            AlterShareGroupOffsetsResponseTopic answer =
                    new AlterShareGroupOffsetsResponseTopic().topicName(topic.topicName());
            TopicImage known = metadata.image().topic(topic.topicName());
            if (known != null) {
                answer.topicId(known.id());
            }
            response.responses().add(answer);
            for (AlterShareGroupOffsetsRequestPartition partition : topic.partitions()) {
                AlterShareGroupOffsetsResponsePartition result =
                        new AlterShareGroupOffsetsResponsePartition()
                                .partitionIndex(partition.partitionIndex());
                answer.partitions().add(result);
                all.add(
                        offsets.set(
                                        request.groupId(),
                                        topic.topicName(),
                                        partition.partitionIndex(),
                                        partition.startOffset())
                                .thenAccept(error -> tell(result, error)));
            }
        }
        return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> response);
    }

    private static void tell(AlterShareGroupOffsetsResponsePartition result, ErrorCode error) {
        result.errorCode(error.code());
        if (error != ErrorCode.NONE) {
            result.errorMessage(error.message());
        }
    }

    @Override
    public AlterShareGroupOffsetsResponse failure(
            RequestContext context,
            AlterShareGroupOffsetsRequest request,
            ErrorCode error,
            String message) {
        return new AlterShareGroupOffsetsResponse().errorCode(error.code()).errorMessage(message);
    }
}
