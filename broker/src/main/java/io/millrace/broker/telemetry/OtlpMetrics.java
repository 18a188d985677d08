package io.millrace.broker.telemetry;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.MetricsData;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads what clients push: OpenTelemetry's MetricsData (OTLP, protobuf). */
final class OtlpMetrics {
    private OtlpMetrics() {}

    /**
     * All values of gauges, sums and histograms (their count and sum); labels are the resource's
     * and the point's attributes.
     *
     * @throws InvalidProtocolBufferException if the bytes are something else
     */
    static List<ClientSample> read(byte[] bytes) throws InvalidProtocolBufferException {
        List<ClientSample> samples = new ArrayList<>();
        for (ResourceMetrics resource : MetricsData.parseFrom(bytes).getResourceMetricsList()) {
            SortedMap<String, String> labels = new TreeMap<>();
            addTo(labels, resource.getResource().getAttributesList());
            for (ScopeMetrics scope : resource.getScopeMetricsList()) {
                for (Metric metric : scope.getMetricsList()) {
                    add(samples, metric, labels);
                }
            }
        }
        return samples;
    }

    private static void add(
            List<ClientSample> samples, Metric metric, SortedMap<String, String> labels) {
        String name = metric.getName();
        if (metric.hasGauge()) {
            for (NumberDataPoint point : metric.getGauge().getDataPointsList()) {
                samples.add(sample(name, labels, point, false));
            }
        } else if (metric.hasSum()) {
            boolean delta = isDelta(metric.getSum().getAggregationTemporality());
            for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
                samples.add(sample(name, labels, point, delta));
            }
        } else if (metric.hasHistogram()) {
            boolean delta = isDelta(metric.getHistogram().getAggregationTemporality());
            for (HistogramDataPoint point : metric.getHistogram().getDataPointsList()) {
                SortedMap<String, String> all = with(labels, point.getAttributesList());
                samples.add(
                        new ClientSample(
                                new ClientSample.Series(name + ".count", all),
                                point.getCount(),
                                delta));
                samples.add(
                        new ClientSample(
                                new ClientSample.Series(name + ".sum", all),
                                point.getSum(),
                                delta));
            }
        }
    }

    private static ClientSample sample(
            String name, SortedMap<String, String> labels, NumberDataPoint point, boolean delta) {
        double value = point.hasAsInt() ? point.getAsInt() : point.getAsDouble();
        return new ClientSample(
                new ClientSample.Series(name, with(labels, point.getAttributesList())),
                value,
                delta);
    }

    private static boolean isDelta(AggregationTemporality temporality) {
        return temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA;
    }

    private static SortedMap<String, String> with(
            SortedMap<String, String> labels, List<KeyValue> attributes) {
        SortedMap<String, String> all = new TreeMap<>(labels);
        addTo(all, attributes);
        return all;
    }

    private static void addTo(SortedMap<String, String> labels, List<KeyValue> attributes) {
        for (KeyValue attribute : attributes) {
            labels.put(attribute.getKey(), text(attribute.getValue()));
        }
    }

    private static String text(AnyValue value) {
        return switch (value.getValueCase()) {
            case STRING_VALUE -> value.getStringValue();
            case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
            case INT_VALUE -> Long.toString(value.getIntValue());
            case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
            default -> "";
        };
    }
}
