package io.millrace.broker.metrics;

import io.millrace.base.time.Clock;
import io.millrace.broker.group.CommittedOffset;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.group.TopicPartitionKey;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.partition.Isolation;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far groups are behind: in records, for readers of all records and for readers of committed
 * ones, and in seconds, the age of the first record not read. Counts only records that are still in
 * the log. Of the groups and partitions that this broker leads.
 */
public final class GroupLagCollector implements MultiCollector {
    private static final Logger LOGGER = LoggerFactory.getLogger(GroupLagCollector.class);
    private static final long PATIENCE_MS = 5_000;

    private final GroupCoordinator groups;
    private final PartitionTable partitions;
    private final Clock clock;

    public GroupLagCollector(GroupCoordinator groups, PartitionTable partitions, Clock clock) {
        this.groups = groups;
        this.partitions = partitions;
        this.clock = clock;
    }

    @Override
    public MetricSnapshots collect() {
        Lags lags = new Lags(clock.wallMs());
        try {
            for (Map<String, Map<TopicPartitionKey, CommittedOffset>> shard :
                    groups.committedOffsets().get(PATIENCE_MS, TimeUnit.MILLISECONDS)) {
                shard.forEach(
                        (group, offsets) ->
                                offsets.forEach(
                                        (partition, offset) ->
                                                lags.add(group, partition, offset.offset())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOGGER.atInfo().setCause(e).log("lag of groups is not known for now");
        }
        return lags.shown();
    }

    /** What one scrape finds. */
    private final class Lags {
        private final long nowMs;
        private final GaugeFamily committed =
                new GaugeFamily("millrace_group_committed_offset", "Next offset the group reads");
        private final GaugeFamily records =
                new GaugeFamily(
                        "millrace_group_lag_records",
                        "Records in the log that the group has not read, by isolation level");
        private final GaugeFamily seconds =
                new GaugeFamily(
                        "millrace_group_lag_seconds",
                        "Age of the first record that the group has not read");

        Lags(long nowMs) {
            this.nowMs = nowMs;
        }

        void add(String group, TopicPartitionKey key, long offset) {
            Labels labels =
                    Labels.of(
                            "group",
                            group,
                            "topic",
                            key.topic(),
                            "partition",
                            Integer.toString(key.partition()));
            committed.add(offset, labels);
            Partition partition = partitions.find(key.topic(), key.partition());
            LogSnapshot log = partition == null ? null : partition.snapshot().orElse(null);
            if (partition == null || log == null) {
                return;
            }
            long next = Math.max(offset, log.logStartOffset());
            for (Isolation isolation : Isolation.values()) {
                records.add(
                        Math.max(0, isolation.endOf(log) - next),
                        labels.merge(
                                Labels.of("isolation", isolation.name().toLowerCase(Locale.ROOT))));
            }
            seconds.add(
                    next < log.highWatermark() ? RecordAge.seconds(partition, next, nowMs) : 0,
                    labels);
        }

        MetricSnapshots shown() {
            return MetricSnapshots.of(committed.build(), records.build(), seconds.build());
        }
    }
}
