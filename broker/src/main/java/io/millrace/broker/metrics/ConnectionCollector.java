package io.millrace.broker.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.function.IntSupplier;

/** Connections open now. */
public final class ConnectionCollector implements MultiCollector {
    private final IntSupplier connections;

    public ConnectionCollector(IntSupplier connections) {
        this.connections = connections;
    }

    @Override
    public MetricSnapshots collect() {
        GaugeFamily open = new GaugeFamily("millrace_connections", "Client connections open");
        open.add(connections.getAsInt(), Labels.EMPTY);
        return MetricSnapshots.of(open.build());
    }
}
