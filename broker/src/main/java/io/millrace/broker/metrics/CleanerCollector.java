package io.millrace.broker.metrics;

import io.millrace.broker.log.compaction.LogCleaner;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

/** What compaction has done since the start, and what it cannot do. */
public final class CleanerCollector implements MultiCollector {
    private final LogCleaner cleaner;

    public CleanerCollector(LogCleaner cleaner) {
        this.cleaner = cleaner;
    }

    @Override
    public MetricSnapshots collect() {
        LogCleaner.Figures figures = cleaner.figures();
        GaugeFamily quarantined =
                new GaugeFamily(
                        "millrace_compaction_quarantined_partitions",
                        "Logs left alone because their compaction failed");
        quarantined.add(figures.quarantined(), Labels.EMPTY);
        return MetricSnapshots.of(
                counter("millrace_compaction_rounds", "Logs compacted", figures.rounds()),
                counter(
                        "millrace_compaction_read_bytes",
                        "Bytes read to compact",
                        figures.bytesRead()),
                counter(
                        "millrace_compaction_written_bytes",
                        "Bytes written by compaction",
                        figures.bytesWritten()),
                counter(
                        "millrace_compaction_removed_records",
                        "Records that compaction removed",
                        figures.recordsRemoved()),
                quarantined.build());
    }

    private static CounterSnapshot counter(String name, String help, long value) {
        return CounterSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder().value(value).build())
                .build();
    }
}
