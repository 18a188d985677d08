package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DeleteAclsRequest;
import io.millrace.protocol.message.DeleteAclsResponse;
import io.millrace.protocol.message.DeleteAclsResponse.DeleteAclsFilterResult;
import java.util.concurrent.CompletableFuture;

/** Answers as a broker without authorizer does: there are no access rules. */
final class DeleteAclsHandler implements ApiHandler<DeleteAclsRequest, DeleteAclsResponse> {

    @Override
    public CompletableFuture<DeleteAclsResponse> handle(
            RequestContext context, DeleteAclsRequest request) {
        return CompletableFuture.completedFuture(
                failure(
                        context,
                        request,
                        ErrorCode.SECURITY_DISABLED,
                        "this broker has no authorizer"));
    }

    @Override
    public DeleteAclsResponse failure(
            RequestContext context, DeleteAclsRequest request, ErrorCode error, String message) {
        return new DeleteAclsResponse()
                .filterResults(
                        request.filters().stream()
                                .map(
                                        filter ->
                                                new DeleteAclsFilterResult()
                                                        .errorCode(error.code())
                                                        .errorMessage(message))
                                .toList());
    }
}
