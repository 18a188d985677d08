package io.millrace.broker.metrics;

import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;

/** One gauge while its values are being collected. */
final class GaugeFamily {
    private final GaugeSnapshot.Builder snapshot;

    GaugeFamily(String name, String help) {
        this.snapshot = GaugeSnapshot.builder().name(name).help(help);
    }

    void add(double value, Labels labels) {
        snapshot.dataPoint(
                GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value).labels(labels).build());
    }

    GaugeSnapshot build() {
        return snapshot.build();
    }
}
