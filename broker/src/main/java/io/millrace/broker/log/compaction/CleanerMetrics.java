package io.millrace.broker.log.compaction;

import io.millrace.base.metrics.Metrics;
import java.util.Map;
import java.util.function.DoubleSupplier;

/** Figures of compaction, over all logs. */
final class CleanerMetrics {
    private static final Map<String, String> ALL = Map.of();

    private final Metrics.Counter bytesRead;
    private final Metrics.Counter bytesWritten;
    private final Metrics.Counter recordsRemoved;
    private final Metrics.Timing rounds;
    private final AutoCloseable quarantined;

    CleanerMetrics(Metrics metrics, DoubleSupplier quarantined) {
        this.bytesRead = metrics.counter("broker.compaction.read.bytes", ALL);
        this.bytesWritten = metrics.counter("broker.compaction.written.bytes", ALL);
        this.recordsRemoved = metrics.counter("broker.compaction.removed.records", ALL);
        this.rounds = metrics.timing("broker.compaction.round", ALL);
        this.quarantined =
                metrics.gauge("broker.compaction.quarantined.partitions", ALL, quarantined);
    }

    void ended(CleanRound.Result result, long nanos) {
        bytesRead.add(result.bytesMapped + result.bytesRead);
        bytesWritten.add(result.bytesWritten);
        recordsRemoved.add(result.recordsRead - result.recordsKept);
        rounds.record(nanos);
    }

    void close() {
        try {
            quarantined.close();
        } catch (Exception e) {
            throw new IllegalStateException("a gauge could not be removed", e);
        }
    }
}
