package io.millrace.broker.api;

import io.millrace.broker.group.Caller;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ShareGroupHeartbeatRequest;
import io.millrace.protocol.message.ShareGroupHeartbeatResponse;
import java.util.concurrent.CompletableFuture;

/** Everything a member of a share group (KIP-932) asks for and is told. */
public final class ShareGroupHeartbeatHandler
        implements ApiHandler<ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse> {
    private final GroupCoordinator groups;

    public ShareGroupHeartbeatHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<ShareGroupHeartbeatResponse> handle(
            RequestContext context, ShareGroupHeartbeatRequest request) {
        return groups.shareHeartbeat(
                request,
                new Caller(context.clientId(), context.client().clientHost(), context.version()));
    }

    @Override
    public ShareGroupHeartbeatResponse failure(
            RequestContext context,
            ShareGroupHeartbeatRequest request,
            ErrorCode error,
            String message) {
        return new ShareGroupHeartbeatResponse().errorCode(error.code()).errorMessage(message);
    }
}
