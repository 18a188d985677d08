package io.millrace.broker.api;

import io.millrace.broker.group.Caller;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse;
import java.util.concurrent.CompletableFuture;

/** Everything a member of a consumer group (KIP-848) asks for and is told. */
public final class ConsumerGroupHeartbeatHandler
        implements ApiHandler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse> {
    private final GroupCoordinator groups;

    public ConsumerGroupHeartbeatHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<ConsumerGroupHeartbeatResponse> handle(
            RequestContext context, ConsumerGroupHeartbeatRequest request) {
        return groups.consumerHeartbeat(
                request,
                new Caller(context.clientId(), context.client().clientHost(), context.version()));
    }

    @Override
    public ConsumerGroupHeartbeatResponse failure(
            RequestContext context,
            ConsumerGroupHeartbeatRequest request,
            ErrorCode error,
            String message) {
        return new ConsumerGroupHeartbeatResponse()
                .errorCode(error.code())
                .errorMessage(error.message());
    }
}
