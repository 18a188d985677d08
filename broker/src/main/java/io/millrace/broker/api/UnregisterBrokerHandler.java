package io.millrace.broker.api;

import io.millrace.broker.controller.ControllerApi;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.UnregisterBrokerRequest;
import io.millrace.protocol.message.UnregisterBrokerResponse;
import java.util.concurrent.CompletableFuture;

/** Lets the cluster forget a broker that is gone for good, through the controller. */
final class UnregisterBrokerHandler
        implements ApiHandler<UnregisterBrokerRequest, UnregisterBrokerResponse> {
    private final ControllerApi controller;

    UnregisterBrokerHandler(ControllerApi controller) {
        this.controller = controller;
    }

    @Override
    public CompletableFuture<UnregisterBrokerResponse> handle(
            RequestContext context, UnregisterBrokerRequest request) {
        return controller
                .unregisterBroker(request.brokerId())
                .thenApply(done -> new UnregisterBrokerResponse().errorMessage(null));
    }

    @Override
    public UnregisterBrokerResponse failure(
            RequestContext context,
            UnregisterBrokerRequest request,
            ErrorCode error,
            String message) {
        return new UnregisterBrokerResponse().errorCode(error.code()).errorMessage(message);
    }
}
