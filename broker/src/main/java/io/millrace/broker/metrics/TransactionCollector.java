package io.millrace.broker.metrics;

import io.millrace.base.time.Clock;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.broker.txn.OpenTransactions;
import io.millrace.broker.txn.TransactionCoordinator;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Map;

/**
 * Open transactions: how many this broker coordinates, and which partitions wait for one to end,
 * for how long.
 */
public final class TransactionCollector implements MultiCollector {
    private final TransactionCoordinator transactions;
    private final PartitionTable partitions;
    private final Clock clock;

    public TransactionCollector(
            TransactionCoordinator transactions, PartitionTable partitions, Clock clock) {
        this.transactions = transactions;
        this.partitions = partitions;
        this.clock = clock;
    }

    @Override
    public MetricSnapshots collect() {
        long now = clock.wallMs();
        GaugeFamily open =
                new GaugeFamily(
                        "millrace_transactions_open",
                        "Open transactions of a partition of __transaction_state");
        GaugeFamily oldest =
                new GaugeFamily(
                        "millrace_transactions_oldest_age_seconds",
                        "Age of the oldest open transaction of a partition of"
                                + " __transaction_state");
        for (Map.Entry<Integer, OpenTransactions> entry :
                transactions.openTransactions().entrySet()) {
            Labels labels = Labels.of("partition", entry.getKey().toString());
            open.add(entry.getValue().count(), labels);
            if (entry.getValue().oldestStartMs() >= 0) {
                oldest.add((now - entry.getValue().oldestStartMs()) / 1000.0, labels);
            }
        }
        GaugeFamily undecided =
                new GaugeFamily(
                        "millrace_log_undecided_records",
                        "Records that readers of committed records wait for");
        GaugeFamily waiting =
                new GaugeFamily(
                        "millrace_log_undecided_age_seconds",
                        "Age of the oldest record that readers of committed records wait for");
        for (Partition partition : partitions.all()) {
            LogSnapshot log = partition.snapshot().orElse(null);
            if (log != null && log.lastStableOffset() < log.highWatermark()) {
                Labels labels = labelsOf(partition);
                undecided.add(log.highWatermark() - log.lastStableOffset(), labels);
                waiting.add(RecordAge.seconds(partition, log.lastStableOffset(), now), labels);
            }
        }
        return MetricSnapshots.of(open.build(), oldest.build(), undecided.build(), waiting.build());
    }

    static Labels labelsOf(Partition partition) {
        return Labels.of(
                "topic",
                partition.id().topic(),
                "partition",
                Integer.toString(partition.id().partition()));
    }
}
