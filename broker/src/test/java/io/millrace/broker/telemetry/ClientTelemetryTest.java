package io.millrace.broker.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.time.ManualClock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.network.ClientSoftware;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.PushTelemetryRequest;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.MetricsData;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The rules of KIP-714, with clients made by hand. */
final class ClientTelemetryTest {
    private static final int MAX_BYTES = 10_000;
    private static final ClientAttributes CLIENT =
            new ClientAttributes(
                    new UUID(1, 2),
                    "orders",
                    new ClientSoftware("apache-kafka-java", "4.3.1"),
                    "10.0.0.7",
                    4711);

    private final ManualClock clock = new ManualClock(0);
    private List<TelemetrySubscription> configured =
            List.of(
                    TelemetrySubscription.of(
                            "all-java",
                            Map.of(
                                    "metrics",
                                    "producer.,consumer.",
                                    "interval.ms",
                                    "1000",
                                    "match",
                                    "client_software_name=apache-kafka-java,client_id=ord.*")));
    private final ClientTelemetry telemetry =
            new ClientTelemetry(() -> configured, MAX_BYTES, clock, RandomSource.system());

    @Test
    void aSubscriptionSelectsByAllItsPatterns() {
        assertThat(telemetry.subscribe(CLIENT).metrics()).containsExactly("consumer.", "producer.");
        ClientAttributes other =
                new ClientAttributes(
                        new UUID(3, 4), "billing", CLIENT.software(), "10.0.0.8", 4712);
        ClientTelemetry.Subscribed nothing = telemetry.subscribe(other);
        assertThat(nothing.metrics()).isEmpty();
        assertThat(nothing.intervalMs()).isEqualTo(TelemetrySubscription.DEFAULT_INTERVAL_MS);
    }

    @Test
    void askingAgainWithinTheIntervalIsThrottledUnlessSomethingChanged() {
        int first = telemetry.subscribe(CLIENT).id();
        fails(ErrorCode.THROTTLING_QUOTA_EXCEEDED, () -> telemetry.subscribe(CLIENT));
        configured = List.of(TelemetrySubscription.of("now", Map.of("metrics", "*")));
        ClientTelemetry.Subscribed changed = telemetry.subscribe(CLIENT);
        assertThat(changed.id()).isNotEqualTo(first);
        assertThat(changed.metrics()).containsExactly("*");
    }

    @Test
    void pushesAreTakenOncePerInterval() {
        int id = telemetry.subscribe(CLIENT).id();
        telemetry.push(CLIENT, push(id, data(gauge("a", 1))));
        fails(
                ErrorCode.THROTTLING_QUOTA_EXCEEDED,
                () -> telemetry.push(CLIENT, push(id, data(gauge("a", 2)))));
        clock.advance(Duration.ofSeconds(1));
        telemetry.push(CLIENT, push(id, data(gauge("a", 3))));
        assertThat(shown()).contains("client_a").contains("3.0").contains("client_id=\"orders\"");
    }

    @Test
    void growthAddsUpAndStaysWhenItIsNotSentAgain() {
        int id = telemetry.subscribe(CLIENT).id();
        telemetry.push(CLIENT, push(id, data(delta("sent", 5), delta("failed", 1))));
        clock.advance(Duration.ofSeconds(1));
        telemetry.push(CLIENT, push(id, data(delta("sent", 7))));
        assertThat(telemetry.clients().iterator().next().values().values())
                .containsExactlyInAnyOrder(12.0, 1.0);
    }

    @Test
    void theLastPushMayComeEarlyAndNothingAfterIt() {
        int id = telemetry.subscribe(CLIENT).id();
        telemetry.push(CLIENT, push(id, data(gauge("a", 1))));
        telemetry.push(CLIENT, push(id, data(gauge("a", 2))).terminating(true));
        fails(
                ErrorCode.INVALID_REQUEST,
                () -> telemetry.push(CLIENT, push(id, data(gauge("a", 3)))));
    }

    @Test
    void whatCannotBeTakenIsNamed() {
        int id = telemetry.subscribe(CLIENT).id();
        fails(
                ErrorCode.UNKNOWN_SUBSCRIPTION_ID,
                () -> telemetry.push(CLIENT, push(id + 1, data())));
        fails(
                ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                () ->
                        telemetry.push(
                                CLIENT, push(id, data(gauge("a", 1))).compressionType((byte) 9)));
        fails(
                ErrorCode.TELEMETRY_TOO_LARGE,
                () -> telemetry.push(CLIENT, push(id, new byte[MAX_BYTES + 1])));
        fails(
                ErrorCode.INVALID_RECORD,
                () -> telemetry.push(CLIENT, push(id, new byte[] {(byte) 0xff, 1, 2})));
        fails(
                ErrorCode.INVALID_RECORD,
                () ->
                        telemetry.push(
                                CLIENT, push(id, new byte[] {9, 9}).compressionType((byte) 4)));
    }

    private String shown() {
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register(new ClientMetricsCollector(telemetry));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create().write(text, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    private static void fails(ErrorCode error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    private static PushTelemetryRequest push(int subscription, byte[] metrics) {
        return new PushTelemetryRequest()
                .clientInstanceId(CLIENT.instanceId())
                .subscriptionId(subscription)
                .metrics(metrics);
    }

    private static byte[] data(Metric... metrics) {
        return MetricsData.newBuilder()
                .addResourceMetrics(
                        ResourceMetrics.newBuilder()
                                .addScopeMetrics(
                                        ScopeMetrics.newBuilder().addAllMetrics(List.of(metrics))))
                .build()
                .toByteArray();
    }

    private static Metric gauge(String name, double value) {
        return Metric.newBuilder()
                .setName(name)
                .setGauge(
                        Gauge.newBuilder()
                                .addDataPoints(NumberDataPoint.newBuilder().setAsDouble(value)))
                .build();
    }

    private static Metric delta(String name, long value) {
        return Metric.newBuilder()
                .setName(name)
                .setSum(
                        Sum.newBuilder()
                                .setAggregationTemporality(
                                        AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA)
                                .addDataPoints(NumberDataPoint.newBuilder().setAsInt(value)))
                .build();
    }
}
