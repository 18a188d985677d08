package io.millrace.broker.share;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.List;

/**
 * What bounds share groups. Times in milliseconds.
 *
 * @param lockDurationMs how long a record stays with who was given it
 * @param maxDeliveries how often a record is handed out
 * @param maxLocks records of one partition handed out and not done with
 * @param maxSessions share sessions kept
 */
public record ShareConfig(
        int lockDurationMs,
        int maxDeliveries,
        int maxLocks,
        int maxSessions,
        int topicPartitions,
        short topicReplicationFactor,
        int topicMinInsyncReplicas,
        int topicSegmentBytes) {

    public static final ConfigKey<Integer> RECORD_LOCK_DURATION_MS =
            ConfigKey.ofInt("group.share.record.lock.duration.ms")
                    .withDefault("30000")
                    .withDoc("How long a record stays with the member that was given it.")
                    .where(n -> n >= 1000, "at least 1000");
    public static final ConfigKey<Integer> DELIVERY_COUNT_LIMIT =
            ConfigKey.ofInt("group.share.delivery.count.limit")
                    .withDefault("5")
                    .withDoc("How often a record is handed out before it is given up.")
                    .where(n -> n >= 2 && n <= 10, "2 to 10");
    public static final ConfigKey<Integer> PARTITION_MAX_RECORD_LOCKS =
            ConfigKey.ofInt("group.share.partition.max.record.locks")
                    .withDefault("2000")
                    .withDoc("Records of one partition handed out and not done with.")
                    .where(n -> n >= 100 && n <= 10_000, "100 to 10000");
    public static final ConfigKey<Integer> MAX_SHARE_SESSIONS =
            ConfigKey.ofInt("group.share.max.share.sessions")
                    .withDefault("2000")
                    .withDoc("Share sessions kept.")
                    .where(n -> n >= 1, "at least 1");
    public static final ConfigKey<Integer> STATE_TOPIC_NUM_PARTITIONS =
            ConfigKey.ofInt("share.coordinator.state.topic.num.partitions")
                    .withDefault("50")
                    .withDoc("Partitions of __share_group_state when it is created.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Integer> STATE_TOPIC_REPLICATION_FACTOR =
            ConfigKey.ofShort("share.coordinator.state.topic.replication.factor")
                    .map(Short::intValue)
                    .withDefault("3")
                    .withDoc("Replicas of __share_group_state, at most the number of brokers.")
                    .where(n -> n > 0 && n <= Short.MAX_VALUE, "at least 1");
    public static final ConfigKey<Integer> STATE_TOPIC_MIN_ISR =
            ConfigKey.ofShort("share.coordinator.state.topic.min.isr")
                    .map(Short::intValue)
                    .withDefault("2")
                    .withDoc("min.insync.replicas of __share_group_state.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Integer> STATE_TOPIC_SEGMENT_BYTES =
            ConfigKey.ofInt("share.coordinator.state.topic.segment.bytes")
                    .withDefault("104857600")
                    .withDoc("Segment size of __share_group_state; small keeps loading fast.");

    /** All keys, for describing. */
    public static final List<ConfigKey<?>> KEYS =
            List.of(
                    RECORD_LOCK_DURATION_MS,
                    DELIVERY_COUNT_LIMIT,
                    PARTITION_MAX_RECORD_LOCKS,
                    MAX_SHARE_SESSIONS,
                    STATE_TOPIC_NUM_PARTITIONS,
                    STATE_TOPIC_REPLICATION_FACTOR,
                    STATE_TOPIC_MIN_ISR,
                    STATE_TOPIC_SEGMENT_BYTES);

    public static ShareConfig read(ConfigReader reader) {
        return new ShareConfig(
                reader.get(RECORD_LOCK_DURATION_MS),
                reader.get(DELIVERY_COUNT_LIMIT),
                reader.get(PARTITION_MAX_RECORD_LOCKS),
                reader.get(MAX_SHARE_SESSIONS),
                reader.get(STATE_TOPIC_NUM_PARTITIONS),
                reader.get(STATE_TOPIC_REPLICATION_FACTOR).shortValue(),
                reader.get(STATE_TOPIC_MIN_ISR),
                reader.get(STATE_TOPIC_SEGMENT_BYTES));
    }
}
