package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.SyncGroupRequest;
import io.millrace.protocol.message.SyncGroupResponse;
import java.util.concurrent.CompletableFuture;

/** Takes the leader's assignment and gives each member its part. */
public final class SyncGroupHandler implements ApiHandler<SyncGroupRequest, SyncGroupResponse> {
    private final GroupCoordinator groups;

    public SyncGroupHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<SyncGroupResponse> handle(
            RequestContext context, SyncGroupRequest request) {
        return groups.sync(request);
    }

    @Override
    public SyncGroupResponse failure(
            RequestContext context, SyncGroupRequest request, ErrorCode error, String message) {
        return new SyncGroupResponse().errorCode(error.code()).assignment(new byte[0]);
    }
}
