package io.millrace.broker.metrics;

import io.millrace.broker.replication.fetcher.ReplicaFetchers;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

/** How far this broker is behind the leaders that it copies from, and how much came. */
public final class FetcherCollector implements MultiCollector {
    private final ReplicaFetchers fetchers;

    public FetcherCollector(ReplicaFetchers fetchers) {
        this.fetchers = fetchers;
    }

    @Override
    public MetricSnapshots collect() {
        GaugeFamily lag =
                new GaugeFamily(
                        "millrace_fetcher_lag_records",
                        "Records below the leader's high watermark that are missing here");
        GaugeFamily throttled =
                new GaugeFamily(
                        "millrace_fetcher_throttled_partitions",
                        "Partitions that wait for the replication quota");
        int waiting = 0;
        for (ReplicaFetchers.PartitionLag each : fetchers.lags()) {
            lag.add(
                    each.lag(),
                    Labels.of(
                            "topic",
                            each.partition().topic(),
                            "partition",
                            Integer.toString(each.partition().partition()),
                            "leader",
                            Integer.toString(each.leader())));
            waiting += each.throttled() ? 1 : 0;
        }
        throttled.add(waiting, Labels.EMPTY);
        return MetricSnapshots.of(lag.build(), throttled.build(), bytes());
    }

    private CounterSnapshot bytes() {
        CounterSnapshot.Builder bytes =
                CounterSnapshot.builder()
                        .name("millrace_fetcher_bytes")
                        .help("Bytes of records copied from leaders");
        for (ReplicaFetchers.LaneBytes each : fetchers.laneBytes()) {
            bytes.dataPoint(
                    CounterSnapshot.CounterDataPointSnapshot.builder()
                            .value(each.bytes())
                            .labels(
                                    Labels.of(
                                            "leader",
                                            Integer.toString(each.leader()),
                                            "lane",
                                            Integer.toString(each.lane())))
                            .build());
        }
        return bytes.build();
    }
}
