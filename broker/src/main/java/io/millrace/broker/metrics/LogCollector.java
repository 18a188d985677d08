package io.millrace.broker.metrics;

import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;

/**
 * Sizes and offsets of the logs here. A log that nobody has used since the start is not open yet
 * and has no figures; each scrape opens some, so that all have them soon.
 */
public final class LogCollector implements MultiCollector {
    /** Logs opened by one scrape. */
    private static final int OPENED_AT_ONCE = 200;

    private final PartitionTable partitions;

    public LogCollector(PartitionTable partitions) {
        this.partitions = partitions;
    }

    @Override
    public MetricSnapshots collect() {
        GaugeFamily bytes = new GaugeFamily("millrace_log_size_bytes", "Bytes of all segments");
        GaugeFamily segments = new GaugeFamily("millrace_log_segments", "Segments of the log");
        GaugeFamily start = new GaugeFamily("millrace_log_start_offset", "First offset there");
        GaugeFamily end = new GaugeFamily("millrace_log_end_offset", "Offset of the next record");
        GaugeFamily high =
                new GaugeFamily("millrace_log_high_watermark", "Offset before which all is safe");
        GaugeFamily stable =
                new GaugeFamily(
                        "millrace_log_last_stable_offset",
                        "Offset before which no transaction is open");
        int opening = 0;
        for (Partition partition : partitions.all()) {
            LogSnapshot log = partition.snapshot().orElse(null);
            if (log == null) {
                if (opening++ < OPENED_AT_ONCE) {
                    partition.load();
                }
                continue;
            }
            Labels labels =
                    Labels.of(
                            "topic",
                            partition.id().topic(),
                            "partition",
                            Integer.toString(partition.id().partition()));
            bytes.add(log.sizeInBytes(), labels);
            segments.add(log.segments().size(), labels);
            start.add(log.logStartOffset(), labels);
            end.add(log.logEndOffset(), labels);
            high.add(log.highWatermark(), labels);
            stable.add(log.lastStableOffset(), labels);
        }
        return MetricSnapshots.of(
                bytes.build(),
                segments.build(),
                start.build(),
                end.build(),
                high.build(),
                stable.build(),
                usableBytes().build(),
                offline().build(),
                recovering().build());
    }

    private GaugeFamily usableBytes() {
        GaugeFamily usable =
                new GaugeFamily("millrace_log_dir_usable_bytes", "Space left for the directory");
        for (LogDirectory directory : partitions.directories()) {
            try {
                usable.add(directory.usableBytes(), labelsOf(directory));
            } catch (IOException e) {
                usable.add(Double.NaN, labelsOf(directory));
            }
        }
        return usable;
    }

    private GaugeFamily offline() {
        GaugeFamily offline =
                new GaugeFamily("millrace_log_dir_offline", "1 after the directory has failed");
        for (LogDirectory directory : partitions.directories()) {
            offline.add(directory.failure() == null ? 0 : 1, labelsOf(directory));
        }
        return offline;
    }

    private GaugeFamily recovering() {
        GaugeFamily recovering =
                new GaugeFamily(
                        "millrace_log_dir_remaining_logs_to_recover",
                        "Logs still to be checked after an unclean stop");
        for (LogDirectory directory : partitions.directories()) {
            recovering.add(partitions.recovery().remaining(directory), labelsOf(directory));
        }
        return recovering;
    }

    private static Labels labelsOf(LogDirectory directory) {
        return Labels.of("directory", directory.root().toString());
    }
}
