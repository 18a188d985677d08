package io.millrace.broker.group;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What bounds consumer groups and their offsets. Times in milliseconds. */
public record GroupConfig(
        int initialRebalanceDelayMs,
        int minSessionTimeoutMs,
        int maxSessionTimeoutMs,
        int maxSize,
        int offsetMetadataMaxBytes,
        long offsetsRetentionMs,
        long offsetsRetentionCheckIntervalMs,
        int offsetsTopicPartitions,
        short offsetsTopicReplicationFactor,
        int offsetsTopicSegmentBytes,
        ConsumerGroupConfig consumer,
        ShareGroupConfig share,
        StreamsGroupConfig streams) {

    public static final ConfigKey<Integer> INITIAL_REBALANCE_DELAY_MS =
            ConfigKey.ofInt("group.initial.rebalance.delay.ms")
                    .withDefault("3000")
                    .withDoc("How long the first rebalance of an empty group waits for members.")
                    .where(n -> n >= 0, "at least 0");
    public static final ConfigKey<Integer> MIN_SESSION_TIMEOUT_MS =
            ConfigKey.ofInt("group.min.session.timeout.ms")
                    .withDefault("6000")
                    .withDoc("Smallest session timeout a member may ask for.");
    public static final ConfigKey<Integer> MAX_SESSION_TIMEOUT_MS =
            ConfigKey.ofInt("group.max.session.timeout.ms")
                    .withDefault("1800000")
                    .withDoc("Largest session timeout a member may ask for.");
    public static final ConfigKey<Integer> MAX_SIZE =
            ConfigKey.ofInt("group.max.size")
                    .withDefault("2147483647")
                    .withDoc("Members one group may have.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Integer> OFFSET_METADATA_MAX_BYTES =
            ConfigKey.ofInt("offset.metadata.max.bytes")
                    .withDefault("4096")
                    .withDoc("Longest text that may be stored with an offset.");
    public static final ConfigKey<Integer> OFFSETS_RETENTION_MINUTES =
            ConfigKey.ofInt("offsets.retention.minutes")
                    .withDefault("10080")
                    .withDoc("How long offsets are kept after the group has become empty.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Long> OFFSETS_RETENTION_CHECK_INTERVAL_MS =
            ConfigKey.ofLong("offsets.retention.check.interval.ms")
                    .withDefault("600000")
                    .withDoc("How often expired offsets are looked for.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Integer> OFFSETS_TOPIC_NUM_PARTITIONS =
            ConfigKey.ofInt("offsets.topic.num.partitions")
                    .withDefault("50")
                    .withDoc("Partitions of __consumer_offsets when it is created.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Short> OFFSETS_TOPIC_REPLICATION_FACTOR =
            ConfigKey.ofShort("offsets.topic.replication.factor")
                    .withDefault("3")
                    .withDoc("Replicas of __consumer_offsets, at most the number of brokers.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Integer> OFFSETS_TOPIC_SEGMENT_BYTES =
            ConfigKey.ofInt("offsets.topic.segment.bytes")
                    .withDefault("104857600")
                    .withDoc("Segment size of __consumer_offsets; small keeps loading fast.");

    /** All keys, for describing. */
    public static final List<ConfigKey<?>> KEYS =
            List.of(
                    INITIAL_REBALANCE_DELAY_MS,
                    MIN_SESSION_TIMEOUT_MS,
                    MAX_SESSION_TIMEOUT_MS,
                    MAX_SIZE,
                    OFFSET_METADATA_MAX_BYTES,
                    OFFSETS_RETENTION_MINUTES,
                    OFFSETS_RETENTION_CHECK_INTERVAL_MS,
                    OFFSETS_TOPIC_NUM_PARTITIONS,
                    OFFSETS_TOPIC_REPLICATION_FACTOR,
                    OFFSETS_TOPIC_SEGMENT_BYTES);

    public GroupConfig {
        if (minSessionTimeoutMs > maxSessionTimeoutMs) {
            throw new IllegalArgumentException(
                    "group.min.session.timeout.ms="
                            + minSessionTimeoutMs
                            + " is above group.max.session.timeout.ms="
                            + maxSessionTimeoutMs);
        }
    }

    public static GroupConfig read(ConfigReader reader) {
        int min = reader.get(MIN_SESSION_TIMEOUT_MS);
        int max = reader.get(MAX_SESSION_TIMEOUT_MS);
        if (min > max) {
            reader.problem(
                    "group.min.session.timeout.ms="
                            + min
                            + " is above group.max.session.timeout.ms="
                            + max);
            min = max;
        }
        return new GroupConfig(
                reader.get(INITIAL_REBALANCE_DELAY_MS),
                min,
                max,
                reader.get(MAX_SIZE),
                reader.get(OFFSET_METADATA_MAX_BYTES),
                TimeUnit.MINUTES.toMillis(reader.get(OFFSETS_RETENTION_MINUTES)),
                reader.get(OFFSETS_RETENTION_CHECK_INTERVAL_MS),
                reader.get(OFFSETS_TOPIC_NUM_PARTITIONS),
                reader.get(OFFSETS_TOPIC_REPLICATION_FACTOR),
                reader.get(OFFSETS_TOPIC_SEGMENT_BYTES),
                ConsumerGroupConfig.read(reader),
                ShareGroupConfig.read(reader),
                StreamsGroupConfig.read(reader));
    }
}
