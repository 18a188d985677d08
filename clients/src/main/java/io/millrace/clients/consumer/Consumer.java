package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.PartitionDescription;
import io.millrace.clients.serde.Deserializer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads records, alone ({@link #assign}) or as a member of a group ({@link #subscribe}). One thread
 * uses it; only {@link #wakeup} may come from another. Fetching goes on in the background on the
 * client's network loop, ahead of {@link #poll}; records are decoded by the thread that polls.
 * Heartbeats are sent in the background too, but joining, revoking and listeners happen inside
 * {@code poll}: a member that does not poll for {@code max.poll.interval.ms} leaves its group.
 *
 * <p>Methods that ask the cluster wait up to {@code default.api.timeout.ms} and then throw {@link
 * io.millrace.clients.ClientTimeoutException}. After {@link #wakeup} the next waiting call throws
 * {@link WakeupException}.
 */
public interface Consumer<K, V> extends AutoCloseable {

    /** Joins the group for these topics, replacing any earlier subscription. */
    void subscribe(Collection<String> topics, RebalanceListener listener);

    /** {@link #subscribe(Collection, RebalanceListener)} without a listener. */
    default void subscribe(Collection<String> topics) {
        subscribe(topics, RebalanceListener.NONE);
    }

    /** Joins the group for all topics whose whole name matches, also those created later. */
    void subscribe(Pattern topics, RebalanceListener listener);

    /**
     * Joins the group for all topics that match at its coordinator, also those created later;
     * {@link #subscription()} stays empty.
     *
     * @throws IllegalStateException unless {@code group.protocol=consumer}
     */
    void subscribe(SubscriptionPattern topics, RebalanceListener listener);

    /** {@link #subscribe(SubscriptionPattern, RebalanceListener)} without a listener. */
    default void subscribe(SubscriptionPattern topics) {
        subscribe(topics, RebalanceListener.NONE);
    }

    /** Reads exactly these partitions, outside of group management; replaces earlier ones. */
    void assign(Collection<TopicPartition> partitions);

    /** Leaves the group (revoking first) or drops the assigned partitions. */
    void unsubscribe();

    Set<String> subscription();

    Set<TopicPartition> assignment();

    /**
     * Takes part in the group and returns the next records, at most {@code max.poll.records}.
     * Returns as soon as there are records, and no later than {@code timeout} with none. Positions
     * move behind the records returned.
     *
     * @throws OffsetResetException see there
     * @throws io.millrace.clients.serde.SerdeException if a record cannot be decoded; the position
     *     stays on it
     */
    ConsumerRecords<K, V> poll(Duration timeout);

    /** Reads on from this offset. */
    default void seek(TopicPartition partition, long offset) {
        seek(partition, new OffsetAndMetadata(offset));
    }

    /** Reads on from this offset; the leader epoch lets a truncated log be noticed. */
    void seek(TopicPartition partition, OffsetAndMetadata offset);

    /** Reads on from the first offset in the log; found out at the next {@code poll}. */
    void seekToBeginning(Collection<TopicPartition> partitions);

    /** Reads on from the end of the log; found out at the next {@code poll}. */
    void seekToEnd(Collection<TopicPartition> partitions);

    /** {@code poll} returns nothing of these until resumed. What was fetched is kept. */
    void pause(Collection<TopicPartition> partitions);

    void resume(Collection<TopicPartition> partitions);

    Set<TopicPartition> paused();

    /** Offset of the next record {@code poll} would return; waits if not known yet. */
    long position(TopicPartition partition);

    /** Committed offsets of the group; partitions without one are absent. */
    Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions);

    /**
     * Commits the positions of all assigned partitions and waits.
     *
     * @throws CommitFailedException if the group moved on without this member
     */
    void commitSync();

    /** Commits these offsets and waits. */
    void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets);

    /** Commits positions without waiting. Commits reach the group in the order of these calls. */
    void commitAsync(OffsetCommitCallback callback);

    /** Commits these offsets without waiting. */
    void commitAsync(Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback);

    /**
     * First record at or after each time (ms since the Unix epoch); partitions that have none are
     * absent.
     */
    Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(Map<TopicPartition, Long> times);

    Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions);

    /** Offsets behind the last record that a consumer of this isolation level can see. */
    Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions);

    /** Records between position and the end as the last fetch saw it; empty if not known yet. */
    OptionalLong currentLag(TopicPartition partition);

    /** Partitions of a topic; empty if it does not exist. */
    List<PartitionDescription> partitionsFor(String topic);

    Map<String, List<PartitionDescription>> listTopics();

    GroupMetadata groupMetadata();

    /**
     * Makes the next {@code poll} rejoin the group; nothing with {@code group.protocol=consumer}.
     */
    void enforceRebalance(String reason);

    /** Makes the call that waits now, or the next one, throw {@link WakeupException}. */
    void wakeup();

    /** As {@link #close(Duration)} with 30 seconds. */
    @Override
    void close();

    /**
     * Commits (with {@code enable.auto.commit}), revokes, leaves the group unless a static member,
     * and lets go of connections and memory.
     */
    void close(Duration timeout);

    /**
     * A consumer with the assignors that {@code partition.assignment.strategy} names.
     *
     * @param config Kafka's consumer keys, see {@link ConsumerConfig}
     * @throws io.millrace.base.config.ConfigException naming every problem in {@code config}
     */
    static <K, V> Consumer<K, V> create(
            Map<String, String> config, Deserializer<K> keys, Deserializer<V> values) {
        ConsumerConfig parsed = ConsumerConfig.parse(config);
        return create(parsed, keys, values, Assignors.named(parsed.assignmentStrategies()));
    }

    /** A consumer with assignors of your own, in order of preference. */
    static <K, V> Consumer<K, V> create(
            Map<String, String> config,
            Deserializer<K> keys,
            Deserializer<V> values,
            List<PartitionAssignor> assignors) {
        return create(ConsumerConfig.parse(config), keys, values, assignors);
    }

    private static <K, V> Consumer<K, V> create(
            ConsumerConfig config,
            Deserializer<K> keys,
            Deserializer<V> values,
            List<PartitionAssignor> assignors) {
        ClusterClient cluster =
                ClusterClient.start(config.client(), "consumer", config.allowAutoCreateTopics());
        return new PollingConsumer<>(config, cluster, keys, values, assignors);
    }
}
