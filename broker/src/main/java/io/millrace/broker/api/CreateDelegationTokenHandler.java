package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.CreateDelegationTokenRequest;
import io.millrace.protocol.message.CreateDelegationTokenResponse;
import java.util.concurrent.CompletableFuture;

/**
 * Refused: tokens are for clients that have authenticated themselves, and no listener asks for it.
 */
final class CreateDelegationTokenHandler
        implements ApiHandler<CreateDelegationTokenRequest, CreateDelegationTokenResponse> {
    private static final String NOBODY_TYPE = "User";
    private static final String NOBODY = "ANONYMOUS";
    private static final int FIRST_VERSION_WITH_REQUESTER = 3;
    private static final long NO_TIME = -1;

    @Override
    public CompletableFuture<CreateDelegationTokenResponse> handle(
            RequestContext context, CreateDelegationTokenRequest request) {
        return CompletableFuture.completedFuture(
                failure(
                        context,
                        request,
                        ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED,
                        "delegation tokens need an authenticated connection"));
    }

    @Override
    public CreateDelegationTokenResponse failure(
            RequestContext context,
            CreateDelegationTokenRequest request,
            ErrorCode error,
            String message) {
        String owner = request.ownerPrincipalName();
        String type = request.ownerPrincipalType();
        CreateDelegationTokenResponse response =
                new CreateDelegationTokenResponse()
                        .errorCode(error.code())
                        .principalType(NOBODY_TYPE)
                        .principalName(NOBODY)
                        .issueTimestampMs(NO_TIME)
                        .expiryTimestampMs(NO_TIME)
                        .maxTimestampMs(NO_TIME);
        if (type != null && owner != null && !owner.isEmpty()) {
            response.principalType(type).principalName(owner);
        }
        return context.version() < FIRST_VERSION_WITH_REQUESTER
                ? response
                : response.tokenRequesterPrincipalType(NOBODY_TYPE)
                        .tokenRequesterPrincipalName(NOBODY);
    }
}
