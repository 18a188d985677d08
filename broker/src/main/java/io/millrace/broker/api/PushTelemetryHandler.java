package io.millrace.broker.api;

import io.millrace.broker.telemetry.ClientTelemetry;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.PushTelemetryRequest;
import io.millrace.protocol.message.PushTelemetryResponse;
import java.util.concurrent.CompletableFuture;

/** Takes the metrics that a client sends (KIP-714). */
public final class PushTelemetryHandler
        implements ApiHandler<PushTelemetryRequest, PushTelemetryResponse> {
    private final ClientTelemetry telemetry;

    public PushTelemetryHandler(ClientTelemetry telemetry) {
        this.telemetry = telemetry;
    }

    @Override
    public CompletableFuture<PushTelemetryResponse> handle(
            RequestContext context, PushTelemetryRequest request) {
        telemetry.push(
                GetTelemetrySubscriptionsHandler.attributes(context, request.clientInstanceId()),
                request);
        return CompletableFuture.completedFuture(new PushTelemetryResponse());
    }

    @Override
    public PushTelemetryResponse failure(
            RequestContext context, PushTelemetryRequest request, ErrorCode error, String message) {
        return new PushTelemetryResponse().errorCode(error.code());
    }
}
