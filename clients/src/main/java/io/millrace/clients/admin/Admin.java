package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.consumer.IsolationLevel;
import io.millrace.clients.consumer.OffsetAndMetadata;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Asks about and changes a cluster. Safe from any thread. Futures fail with {@link
 * io.millrace.clients.ClientException}, for maps on the first entry that failed, after retrying
 * what is worth retrying for {@code default.api.timeout.ms}. They complete on the client's network
 * loop: continue with {@code …Async} if the continuation blocks.
 */
public interface Admin extends AutoCloseable {

    /** Topic ids by name. Fails with TOPIC_ALREADY_EXISTS for a topic that is there. */
    CompletableFuture<Map<String, UUID>> createTopics(Collection<NewTopic> topics);

    /** Deletes topics and everything in them. */
    CompletableFuture<Void> deleteTopics(Collection<String> topics);

    /** All topics, internal ones included. */
    CompletableFuture<Map<String, TopicListing>> listTopics();

    /** Fails with UNKNOWN_TOPIC_OR_PARTITION if one of them does not exist; creates nothing. */
    CompletableFuture<Map<String, TopicDescription>> describeTopics(Collection<String> topics);

    /** As {@link #describeTopics}, leaving out what does not exist. */
    CompletableFuture<Map<String, TopicDescription>> findTopics(Collection<String> topics);

    /** Raises partition counts to the given totals. */
    CompletableFuture<Void> createPartitions(Map<String, Integer> totalCounts);

    CompletableFuture<Map<ConfigResource, Map<String, ConfigEntry>>> describeConfigs(
            Collection<ConfigResource> resources);

    /** Changes the named settings and leaves all others. */
    CompletableFuture<Void> incrementalAlterConfigs(
            Map<ConfigResource, List<ConfigChange>> changes);

    /**
     * Everything that has configuration of its own.
     *
     * @param types empty for all
     */
    CompletableFuture<List<ConfigResource>> listConfigResources(Set<ConfigResource.Type> types);

    CompletableFuture<ClusterDescription> describeCluster();

    /** Features of the cluster, and its brokers. */
    FeatureAdmin features();

    /** Elections, reassignments, moves between directories. */
    PartitionAdmin partitions();

    /** Why partitions, groups and transactions are as they are; only Millrace's brokers know. */
    ExplainAdmin explanations();

    TransactionAdmin transactions();

    /** Groups by type, members, and groups of KIP-848. */
    ConsumerGroupAdmin consumerGroups();

    ShareGroupAdmin shareGroups();

    StreamsGroupAdmin streamsGroups();

    AclAdmin acls();

    QuotaAdmin quotas();

    ScramAdmin scramCredentials();

    /** Groups of all brokers. */
    CompletableFuture<List<GroupListing>> listGroups();

    CompletableFuture<Map<String, GroupDescription>> describeGroups(Collection<String> groups);

    /** Deletes empty groups and their offsets. */
    CompletableFuture<Void> deleteGroups(Collection<String> groups);

    /**
     * Committed offsets; partitions without one are absent.
     *
     * @param partitions empty for all that have one
     */
    CompletableFuture<Map<TopicPartition, OffsetAndMetadata>> listGroupOffsets(
            String group, Optional<Set<TopicPartition>> partitions);

    /** Sets committed offsets of a group without members. */
    CompletableFuture<Void> alterGroupOffsets(
            String group, Map<TopicPartition, OffsetAndMetadata> offsets);

    /** Forgets committed offsets of partitions that no member reads. */
    CompletableFuture<Void> deleteGroupOffsets(String group, Set<TopicPartition> partitions);

    default CompletableFuture<Map<TopicPartition, ListedOffset>> listOffsets(
            Map<TopicPartition, OffsetSpec> partitions) {
        return listOffsets(partitions, IsolationLevel.READ_UNCOMMITTED);
    }

    /**
     * @param isolation what {@link OffsetSpec#LATEST} is: the end of the log, or of what is
     *     committed
     */
    CompletableFuture<Map<TopicPartition, ListedOffset>> listOffsets(
            Map<TopicPartition, OffsetSpec> partitions, IsolationLevel isolation);

    /**
     * Deletes records before the given offsets.
     *
     * @return start offsets of the logs afterwards
     */
    CompletableFuture<Map<TopicPartition, Long>> deleteRecords(
            Map<TopicPartition, Long> beforeOffsets);

    /** Log directories by broker id. */
    CompletableFuture<Map<Integer, List<LogDirDescription>>> describeLogDirs(
            Collection<Integer> brokers);

    /** Fails what is still going on and lets go of connections. */
    @Override
    void close();

    /**
     * An admin client for a cluster.
     *
     * @param config Kafka's admin keys, see {@link AdminConfig}
     * @throws io.millrace.base.config.ConfigException naming every problem in {@code config}
     */
    static Admin create(Map<String, String> config) {
        return new ClusterAdmin(
                ClusterClient.start(AdminConfig.parse(config).client(), "admin", false));
    }
}
