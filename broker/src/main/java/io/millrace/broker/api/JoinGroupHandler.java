package io.millrace.broker.api;

import io.millrace.broker.group.Caller;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupResponse;
import java.util.concurrent.CompletableFuture;

/** Brings a member into a classic group; answered when the group's next generation starts. */
public final class JoinGroupHandler implements ApiHandler<JoinGroupRequest, JoinGroupResponse> {
    private static final int FIRST_VERSION_WITH_NULL_PROTOCOL = 7;

    private final GroupCoordinator groups;

    public JoinGroupHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<JoinGroupResponse> handle(
            RequestContext context, JoinGroupRequest request) {
        if (request.groupId().isEmpty()) {
            return CompletableFuture.completedFuture(
                    failure(context, request, ErrorCode.INVALID_GROUP_ID, ""));
        }
        return groups.join(
                        request,
                        new Caller(
                                context.clientId(),
                                context.client().clientHost(),
                                context.version()))
                .thenApply(response -> withoutProtocol(context, response));
    }

    @Override
    public JoinGroupResponse failure(
            RequestContext context, JoinGroupRequest request, ErrorCode error, String message) {
        // Some clients give up on LOAD_IN_PROGRESS here; all of them look for the coordinator
        // again.
        ErrorCode shown =
                error == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NOT_COORDINATOR : error;
        return withoutProtocol(
                context,
                new JoinGroupResponse()
                        .errorCode(shown.code())
                        .memberId(request.memberId())
                        .leader(""));
    }

    /** A refusal names no protocol; old versions cannot say null. */
    private static JoinGroupResponse withoutProtocol(
            RequestContext context, JoinGroupResponse response) {
        if (response.errorCode() == ErrorCode.NONE.code()) {
            return response;
        }
        return response.protocolName(
                context.version() >= FIRST_VERSION_WITH_NULL_PROTOCOL ? null : "");
    }
}
