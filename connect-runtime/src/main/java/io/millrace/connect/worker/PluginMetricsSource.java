package io.millrace.connect.worker;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;

/**
 * Where plugins keep metrics of their own: one registry per worker, tags per connector and task.
 */
final class PluginMetricsSource implements AutoCloseable {
    private final Metrics registry = new Metrics();

    /** A plugin's metrics, removed when closed. */
    record Handle(PluginMetricsImpl owned) implements AutoCloseable {
        PluginMetrics metrics() {
            return owned;
        }

        @Override
        public void close() throws IOException {
            owned.close();
        }
    }

    Handle of(Map<String, String> tags) {
        return new Handle(new PluginMetricsImpl(registry, new LinkedHashMap<>(tags)));
    }

    @Override
    public void close() {
        registry.close();
    }
}
