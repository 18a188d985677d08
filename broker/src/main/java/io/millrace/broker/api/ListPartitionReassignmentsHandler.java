package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ListPartitionReassignmentsRequest;
import io.millrace.protocol.message.ListPartitionReassignmentsResponse;
import java.util.concurrent.CompletableFuture;

/** Tells which replicas are being moved: none, since all are where the only broker is. */
final class ListPartitionReassignmentsHandler
        implements ApiHandler<
                ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse> {

    @Override
    public CompletableFuture<ListPartitionReassignmentsResponse> handle(
            RequestContext context, ListPartitionReassignmentsRequest request) {
        return CompletableFuture.completedFuture(
                new ListPartitionReassignmentsResponse().errorMessage(null));
    }

    @Override
    public ListPartitionReassignmentsResponse failure(
            RequestContext context,
            ListPartitionReassignmentsRequest request,
            ErrorCode error,
            String message) {
        return new ListPartitionReassignmentsResponse()
                .errorCode(error.code())
                .errorMessage(message);
    }
}
