package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.SaslAuthenticateRequest;
import io.millrace.protocol.message.SaslAuthenticateResponse;
import java.util.concurrent.CompletableFuture;

/** Refused: no listener asks clients to authenticate themselves. */
final class SaslAuthenticateHandler
        implements ApiHandler<SaslAuthenticateRequest, SaslAuthenticateResponse> {

    @Override
    public CompletableFuture<SaslAuthenticateResponse> handle(
            RequestContext context, SaslAuthenticateRequest request) {
        return CompletableFuture.completedFuture(
                failure(
                        context,
                        request,
                        ErrorCode.ILLEGAL_SASL_STATE,
                        "this listener does not authenticate"));
    }

    @Override
    public SaslAuthenticateResponse failure(
            RequestContext context,
            SaslAuthenticateRequest request,
            ErrorCode error,
            String message) {
        return new SaslAuthenticateResponse().errorCode(error.code()).errorMessage(message);
    }
}
