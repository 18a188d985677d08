package io.millrace.broker.api;

import io.millrace.broker.telemetry.ClientAttributes;
import io.millrace.broker.telemetry.ClientTelemetry;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.GetTelemetrySubscriptionsRequest;
import io.millrace.protocol.message.GetTelemetrySubscriptionsResponse;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Tells a client which of its metrics to send, how often (KIP-714). */
public final class GetTelemetrySubscriptionsHandler
        implements ApiHandler<GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse> {
    private static final UUID ZERO = new UUID(0, 0);

    /** Compression types in the order that the broker prefers: zstd, lz4, gzip, snappy. */
    private static final List<Byte> ACCEPTED = List.of((byte) 4, (byte) 3, (byte) 1, (byte) 2);

    private final ClientTelemetry telemetry;

    public GetTelemetrySubscriptionsHandler(ClientTelemetry telemetry) {
        this.telemetry = telemetry;
    }

    @Override
    public CompletableFuture<GetTelemetrySubscriptionsResponse> handle(
            RequestContext context, GetTelemetrySubscriptionsRequest request) {
        UUID instance =
                request.clientInstanceId().equals(ZERO)
                        ? telemetry.newInstanceId()
                        : request.clientInstanceId();
        ClientTelemetry.Subscribed subscribed = telemetry.subscribe(attributes(context, instance));
        return CompletableFuture.completedFuture(
                new GetTelemetrySubscriptionsResponse()
                        .clientInstanceId(instance)
                        .subscriptionId(subscribed.id())
                        .acceptedCompressionTypes(ACCEPTED)
                        .pushIntervalMs(subscribed.intervalMs())
                        .telemetryMaxBytes(telemetry.maxBytes())
                        .deltaTemporality(true)
                        .requestedMetrics(subscribed.metrics()));
    }

    /** Who asks, as subscriptions select clients. */
    static ClientAttributes attributes(RequestContext context, UUID instance) {
        return new ClientAttributes(
                instance,
                context.clientId(),
                context.client().clientSoftware(),
                context.client().clientHost().substring(1),
                context.client().clientPort());
    }

    @Override
    public GetTelemetrySubscriptionsResponse failure(
            RequestContext context,
            GetTelemetrySubscriptionsRequest request,
            ErrorCode error,
            String message) {
        return new GetTelemetrySubscriptionsResponse().errorCode(error.code());
    }
}
