package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeDelegationTokenRequest;
import io.millrace.protocol.message.DescribeDelegationTokenResponse;
import java.util.concurrent.CompletableFuture;

/**
 * Refused: tokens are for clients that have authenticated themselves, and no listener asks for it.
 */
final class DescribeDelegationTokenHandler
        implements ApiHandler<DescribeDelegationTokenRequest, DescribeDelegationTokenResponse> {

    @Override
    public CompletableFuture<DescribeDelegationTokenResponse> handle(
            RequestContext context, DescribeDelegationTokenRequest request) {
        return CompletableFuture.completedFuture(
                failure(
                        context,
                        request,
                        ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
                        "delegation tokens need an authenticated connection"));
    }

    @Override
    public DescribeDelegationTokenResponse failure(
            RequestContext context,
            DescribeDelegationTokenRequest request,
            ErrorCode error,
            String message) {
        return new DescribeDelegationTokenResponse().errorCode(error.code());
    }
}
