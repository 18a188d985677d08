package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeAclsRequest;
import io.millrace.protocol.message.DescribeAclsResponse;
import java.util.concurrent.CompletableFuture;

/** Answers as a broker without authorizer does: there are no access rules. */
final class DescribeAclsHandler implements ApiHandler<DescribeAclsRequest, DescribeAclsResponse> {

    @Override
    public CompletableFuture<DescribeAclsResponse> handle(
            RequestContext context, DescribeAclsRequest request) {
        return CompletableFuture.completedFuture(
                failure(
                        context,
                        request,
                        ErrorCode.SECURITY_DISABLED,
                        "this broker has no authorizer"));
    }

    @Override
    public DescribeAclsResponse failure(
            RequestContext context, DescribeAclsRequest request, ErrorCode error, String message) {
        return new DescribeAclsResponse().errorCode(error.code()).errorMessage(message);
    }
}
