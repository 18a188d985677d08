package io.millrace.broker.telemetry;

import io.millrace.protocol.message.UuidText;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.PrometheusNaming;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shows what clients sent: their metric names behind {@code client_}, their labels, and which
 * client it was.
 */
public final class ClientMetricsCollector implements MultiCollector {
    private final ClientTelemetry telemetry;

    public ClientMetricsCollector(ClientTelemetry telemetry) {
        this.telemetry = telemetry;
    }

    @Override
    public MetricSnapshots collect() {
        Map<String, Map<Labels, Double>> families = new TreeMap<>();
        for (TelemetryClient client : telemetry.clients()) {
            client.values()
                    .forEach(
                            (series, value) ->
                                    families.computeIfAbsent(
                                                    nameOf(series.metric()),
                                                    name -> new TreeMap<>())
                                            .put(labels(client.attributes(), series), value));
        }
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        families.forEach(
                (name, values) -> {
                    UnknownSnapshot.Builder family =
                            UnknownSnapshot.builder().name(name).help("Sent by clients");
                    values.forEach(
                            (labels, value) ->
                                    family.dataPoint(
                                            UnknownDataPointSnapshot.builder()
                                                    .labels(labels)
                                                    .value(value)
                                                    .build()));
                    all.metricSnapshot(family.build());
                });
        return all.build();
    }

    private static String nameOf(String metric) {
        return PrometheusNaming.sanitizeMetricName(
                "client_" + metric.replaceAll("[^a-zA-Z0-9_]", "_"));
    }

    private static Labels labels(ClientAttributes client, ClientSample.Series series) {
        Map<String, String> labels = new TreeMap<>();
        series.labels()
                .forEach((name, value) -> labels.put(name.replaceAll("[^a-zA-Z0-9_]", "_"), value));
        labels.put("client_id", client.clientId());
        labels.put("client_instance_id", UuidText.of(client.instanceId()));
        labels.put("client_software_name", client.software().name());
        labels.put("client_software_version", client.software().version());
        labels.keySet().removeIf(name -> name.startsWith("__") || name.isEmpty());
        return Labels.of(
                labels.keySet().toArray(new String[0]), labels.values().toArray(new String[0]));
    }
}
