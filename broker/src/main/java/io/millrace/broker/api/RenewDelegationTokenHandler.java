package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.RenewDelegationTokenRequest;
import io.millrace.protocol.message.RenewDelegationTokenResponse;
import java.util.concurrent.CompletableFuture;

/**
 * Refused: tokens are for clients that have authenticated themselves, and no listener asks for it.
 */
final class RenewDelegationTokenHandler
        implements ApiHandler<RenewDelegationTokenRequest, RenewDelegationTokenResponse> {

    @Override
    public CompletableFuture<RenewDelegationTokenResponse> handle(
            RequestContext context, RenewDelegationTokenRequest request) {
        return CompletableFuture.completedFuture(
                failure(
                        context,
                        request,
                        ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
                        "delegation tokens need an authenticated connection"));
    }

    @Override
    public RenewDelegationTokenResponse failure(
            RequestContext context,
            RenewDelegationTokenRequest request,
            ErrorCode error,
            String message) {
        return new RenewDelegationTokenResponse().errorCode(error.code()).expiryTimestampMs(-1);
    }
}
