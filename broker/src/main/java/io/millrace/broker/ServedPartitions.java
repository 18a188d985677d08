package io.millrace.broker;

import io.millrace.broker.api.InternalTopics;
import io.millrace.broker.controller.LocalChanges;
import io.millrace.broker.controller.LocalPartitions;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.broker.replication.fetcher.ReplicaFetchers;
import io.millrace.broker.share.ShareStateCoordinator;
import io.millrace.broker.txn.TransactionCoordinator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this broker's partitions and group shards what the metadata says. Called by the metadata
 * publisher on its loop, one round after the other. Opening logs is left to their first use, so
 * that thousands of partitions are taken over in milliseconds.
 */
final class ServedPartitions implements LocalPartitions {
    private static final Logger LOGGER = LoggerFactory.getLogger(ServedPartitions.class);

    private final int nodeId;
    private final PartitionTable partitions;
    private final GroupCoordinator groups;
    private final TransactionCoordinator transactions;
    private final ShareStateCoordinator shares;
    private final ReplicaFetchers fetchers;
    private final LiveConfig live;

    /** Configuration of every topic that sets nothing of its own. */
    private LogConfig defaults;

    /** Logs of an unclean stop are opened once there is something to lead. */
    private boolean recovered;

    ServedPartitions(
            int nodeId,
            PartitionTable partitions,
            GroupCoordinator groups,
            TransactionCoordinator transactions,
            ShareStateCoordinator shares,
            ReplicaFetchers fetchers,
            LiveConfig live) {
        this.nodeId = nodeId;
        this.partitions = partitions;
        this.groups = groups;
        this.transactions = transactions;
        this.shares = shares;
        this.fetchers = fetchers;
        this.live = live;
        this.defaults = ownDefaults();
    }

    @Override
    public CompletableFuture<Void> apply(LocalChanges changes) {
        List<CompletableFuture<Void>> work = new ArrayList<>();
        Set<String> deletedTopics = new HashSet<>();
        changes.brokerEntries()
                .ifPresent(
                        entries -> {
                            live.overlay(entries);
                            defaults = ownDefaults();
                        });
        for (LocalChanges.Removed removed : changes.removed()) {
            if (removed.topic().equals(GroupCoordinator.OFFSETS_TOPIC)) {
                groups.resign(removed.index());
            } else if (removed.topic().equals(TransactionCoordinator.TOPIC)) {
                transactions.resign(removed.index());
            } else if (removed.topic().equals(ShareStateCoordinator.TOPIC)) {
                shares.resign(removed.index());
            } else if (removed.topicDeleted()) {
                deletedTopics.add(removed.topic());
            }
            fetchers.unfollow(removed.topicId(), removed.index());
            work.add(
                    partitions
                            .remove(new TopicPartition(removed.topic(), removed.index()))
                            .exceptionally(failure -> reportRemoval(removed, failure)));
        }
        deletedTopics.forEach(groups::topicDeleted);
        for (LocalChanges.Assigned assigned : changes.assigned()) {
            serve(assigned);
        }
        changes.topicConfigs()
                .forEach(
                        (topic, config) -> partitions.updateConfig(topic, configOf(topic, config)));
        if (changes.complete()) {
            partitions.settle();
            reportStrays(changes.assigned());
        }
        if (!recovered && !partitions.all().isEmpty()) {
            recovered = true;
            partitions.recoverUncleanDirectories();
        }
        return CompletableFuture.allOf(work.toArray(new CompletableFuture<?>[0]));
    }

    private void serve(LocalChanges.Assigned assigned) {
        boolean leads = assigned.state().leader() == nodeId;
        boolean ofGroups = assigned.topic().equals(GroupCoordinator.OFFSETS_TOPIC);
        boolean ofTransactions = assigned.topic().equals(TransactionCoordinator.TOPIC);
        boolean ofShares = assigned.topic().equals(ShareStateCoordinator.TOPIC);
        boolean already = leadsAlready(assigned);
        Partition partition =
                partitions.createOrLoad(
                        new TopicPartition(assigned.topic(), assigned.index()),
                        assigned.topicId(),
                        configOf(assigned.topic(), assigned.topicConfig()),
                        assigned.state());
        if (!leads) {
            if (assigned.state().hasLeader()) {
                fetchers.follow(
                        partition, assigned.state().leader(), assigned.state().leaderEpoch());
            } else {
                fetchers.unfollow(assigned.topicId(), assigned.index());
            }
            if (ofGroups) {
                groups.resign(assigned.index());
            } else if (ofTransactions) {
                transactions.resign(assigned.index());
            } else if (ofShares) {
                shares.resign(assigned.index());
            }
            return;
        }
        fetchers.unfollow(assigned.topicId(), assigned.index());
        if (already) {
            return; // What the coordinators know is as good as before.
        }
        if (ofGroups) {
            groups.lead(
                    assigned.index(),
                    new PartitionShardLog(partition, assigned.state().leaderEpoch()));
        } else if (ofTransactions) {
            transactions.lead(
                    assigned.index(),
                    new PartitionShardLog(partition, assigned.state().leaderEpoch()),
                    assigned.state().leaderEpoch());
        } else if (ofShares) {
            shares.lead(
                    assigned.index(),
                    new PartitionShardLog(partition, assigned.state().leaderEpoch()));
        }
    }

    /** Whether only the replicas changed, or who of them is in sync. */
    private boolean leadsAlready(LocalChanges.Assigned assigned) {
        Partition known = partitions.find(assigned.topicId(), assigned.index());
        return known != null
                && known.leading()
                && known.leaderEpoch() == assigned.state().leaderEpoch();
    }

    private LogConfig ownDefaults() {
        return LogConfig.of("topic defaults", Map.of(), live.current().topicDefaults());
    }

    private LogConfig configOf(String topic, Map<String, String> own) {
        LogConfig config =
                own.isEmpty()
                        ? defaults
                        : LogConfig.of("topic " + topic, own, live.current().topicDefaults());
        // What the cluster itself lives on survives a power loss.
        return InternalTopics.contains(topic) ? config.withFlushOnAck() : config;
    }

    private void reportStrays(List<LocalChanges.Assigned> assigned) {
        Set<TopicPartition> strays = partitions.unclaimed();
        for (LocalChanges.Assigned ours : assigned) {
            strays.remove(new TopicPartition(ours.topic(), ours.index()));
        }
        if (!strays.isEmpty()) {
            LOGGER.atWarn()
                    .addKeyValue("partitions", strays)
                    .log("directories belong to no partition of this broker; left as they are");
        }
    }

    private static Void reportRemoval(LocalChanges.Removed removed, Throwable failure) {
        LOGGER.atError()
                .addKeyValue("partition", removed.topic() + "-" + removed.index())
                .setCause(failure)
                .log("data of a removed partition could not be removed; delete it by hand");
        return null;
    }
}
