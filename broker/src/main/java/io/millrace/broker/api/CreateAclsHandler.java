package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.CreateAclsRequest;
import io.millrace.protocol.message.CreateAclsResponse;
import io.millrace.protocol.message.CreateAclsResponse.AclCreationResult;
import java.util.concurrent.CompletableFuture;

/** Answers as a broker without authorizer does: there are no access rules. */
final class CreateAclsHandler implements ApiHandler<CreateAclsRequest, CreateAclsResponse> {

    @Override
    public CompletableFuture<CreateAclsResponse> handle(
            RequestContext context, CreateAclsRequest request) {
        return CompletableFuture.completedFuture(
                failure(
                        context,
                        request,
                        ErrorCode.SECURITY_DISABLED,
                        "this broker has no authorizer"));
    }

    @Override
    public CreateAclsResponse failure(
            RequestContext context, CreateAclsRequest request, ErrorCode error, String message) {
        return new CreateAclsResponse()
                .results(
                        request.creations().stream()
                                .map(
                                        creation ->
                                                new AclCreationResult()
                                                        .errorCode(error.code())
                                                        .errorMessage(message))
                                .toList());
    }
}
