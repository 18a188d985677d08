package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.share.ShareGroupOffsets;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DeleteShareGroupOffsetsRequest;
import io.millrace.protocol.message.DeleteShareGroupOffsetsRequest.DeleteShareGroupOffsetsRequestTopic;
import io.millrace.protocol.message.DeleteShareGroupOffsetsResponse;
import io.millrace.protocol.message.DeleteShareGroupOffsetsResponse.DeleteShareGroupOffsetsResponseTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Forgets where a share group without members stands in some topics. */
public final class DeleteShareGroupOffsetsHandler
        implements ApiHandler<DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse> {
    private final ShareGroupOffsets offsets;
    private final GroupCoordinator groups;
    private final MetadataView metadata;

    public DeleteShareGroupOffsetsHandler(
            ShareGroupOffsets offsets, GroupCoordinator groups, MetadataView metadata) {
        this.offsets = offsets;
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<DeleteShareGroupOffsetsResponse> handle(
            RequestContext context, DeleteShareGroupOffsetsRequest request) {
        return groups.emptyShareGroup(request.groupId(), false)
                .thenCompose(
                        error -> {
                            if (error != ErrorCode.NONE) {
                                throw new ApiException(error);
                            }
                            return delete(request);
                        });
    }

    private CompletableFuture<DeleteShareGroupOffsetsResponse> delete(
            DeleteShareGroupOffsetsRequest request) {
        DeleteShareGroupOffsetsResponse response = new DeleteShareGroupOffsetsResponse();
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (DeleteShareGroupOffsetsRequestTopic topic : request.topics()) {
            DeleteShareGroupOffsetsResponseTopic answer =
                    new DeleteShareGroupOffsetsResponseTopic().topicName(topic.topicName());
            TopicImage known = metadata.image().topic(topic.topicName());
            if (known != null) {
                answer.topicId(known.id());
            }
            response.responses().add(answer);
            all.add(
                    offsets.delete(request.groupId(), topic.topicName())
                            .thenAccept(error -> tell(answer, error)));
        }
        return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> response);
    }

    private static void tell(DeleteShareGroupOffsetsResponseTopic answer, ErrorCode error) {
        answer.errorCode(error.code());
        if (error != ErrorCode.NONE) {
            answer.errorMessage(error.message());
        }
    }

    @Override
    public DeleteShareGroupOffsetsResponse failure(
            RequestContext context,
            DeleteShareGroupOffsetsRequest request,
            ErrorCode error,
            String message) {
        return new DeleteShareGroupOffsetsResponse().errorCode(error.code()).errorMessage(message);
    }
}
