package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.HeartbeatResponse;
import java.util.concurrent.CompletableFuture;

/** A member's sign of life; the answer tells it whether to rejoin. */
public final class HeartbeatHandler implements ApiHandler<HeartbeatRequest, HeartbeatResponse> {
    private final GroupCoordinator groups;

    public HeartbeatHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<HeartbeatResponse> handle(
            RequestContext context, HeartbeatRequest request) {
        return groups.heartbeat(request);
    }

    @Override
    public HeartbeatResponse failure(
            RequestContext context, HeartbeatRequest request, ErrorCode error, String message) {
        // Clients of all ages take loading as a reason to give up their membership; they need not.
        ErrorCode shown = error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : error;
        return new HeartbeatResponse().errorCode(shown.code());
    }
}
