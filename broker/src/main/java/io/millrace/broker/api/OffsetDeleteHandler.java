package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.OffsetDeleteRequest;
import io.millrace.protocol.message.OffsetDeleteResponse;
import java.util.concurrent.CompletableFuture;

/** Forgets offsets of topics that no member of the group reads. */
public final class OffsetDeleteHandler
        implements ApiHandler<OffsetDeleteRequest, OffsetDeleteResponse> {
    private final GroupCoordinator groups;

    public OffsetDeleteHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<OffsetDeleteResponse> handle(
            RequestContext context, OffsetDeleteRequest request) {
        return groups.deleteOffsets(request);
    }

    @Override
    public OffsetDeleteResponse failure(
            RequestContext context, OffsetDeleteRequest request, ErrorCode error, String message) {
        return new OffsetDeleteResponse().errorCode(error.code());
    }
}
