package io.millrace.broker.api;

import io.millrace.broker.group.Caller;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest;
import io.millrace.protocol.message.StreamsGroupHeartbeatResponse;
import java.util.concurrent.CompletableFuture;

/** Everything a member of a streams group (KIP-1071) asks for and is told. */
public final class StreamsGroupHeartbeatHandler
        implements ApiHandler<StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse> {
    private final GroupCoordinator groups;

    public StreamsGroupHeartbeatHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<StreamsGroupHeartbeatResponse> handle(
            RequestContext context, StreamsGroupHeartbeatRequest request) {
        return groups.streamsHeartbeat(
                request,
                new Caller(context.clientId(), context.client().clientHost(), context.version()));
    }

    @Override
    public StreamsGroupHeartbeatResponse failure(
            RequestContext context,
            StreamsGroupHeartbeatRequest request,
            ErrorCode error,
            String message) {
        return new StreamsGroupHeartbeatResponse().errorCode(error.code()).errorMessage(message);
    }
}
