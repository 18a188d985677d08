package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.SaslHandshakeRequest;
import io.millrace.protocol.message.SaslHandshakeResponse;
import java.util.concurrent.CompletableFuture;

/** Refused: no listener asks clients to authenticate themselves. */
final class SaslHandshakeHandler
        implements ApiHandler<SaslHandshakeRequest, SaslHandshakeResponse> {

    @Override
    public CompletableFuture<SaslHandshakeResponse> handle(
            RequestContext context, SaslHandshakeRequest request) {
        return CompletableFuture.completedFuture(
                failure(
                        context,
                        request,
                        ErrorCode.ILLEGAL_SASL_STATE,
                        "this listener does not authenticate"));
    }

    @Override
    public SaslHandshakeResponse failure(
            RequestContext context, SaslHandshakeRequest request, ErrorCode error, String message) {
        return new SaslHandshakeResponse().errorCode(error.code());
    }
}
