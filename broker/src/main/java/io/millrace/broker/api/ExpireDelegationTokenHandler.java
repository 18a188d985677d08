package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ExpireDelegationTokenRequest;
import io.millrace.protocol.message.ExpireDelegationTokenResponse;
import java.util.concurrent.CompletableFuture;

/**
 * Refused: tokens are for clients that have authenticated themselves, and no listener asks for it.
 */
final class ExpireDelegationTokenHandler
        implements ApiHandler<ExpireDelegationTokenRequest, ExpireDelegationTokenResponse> {

    @Override
    public CompletableFuture<ExpireDelegationTokenResponse> handle(
            RequestContext context, ExpireDelegationTokenRequest request) {
        return CompletableFuture.completedFuture(
                failure(
                        context,
                        request,
                        ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
                        "delegation tokens need an authenticated connection"));
    }

    @Override
    public ExpireDelegationTokenResponse failure(
            RequestContext context,
            ExpireDelegationTokenRequest request,
            ErrorCode error,
            String message) {
        return new ExpireDelegationTokenResponse().errorCode(error.code()).expiryTimestampMs(-1);
    }
}
