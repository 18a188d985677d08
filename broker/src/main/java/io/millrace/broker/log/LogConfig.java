package io.millrace.broker.log;

import io.millrace.base.config.ConfigReader;
import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.record.TimestampType;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What one topic's configuration means to its logs. Keys, defaults and bounds: {@link
 * TopicConfigKeys}; {@code Long.MAX_VALUE} stands for never.
 *
 * @param compression codec of stored batches; empty where they stay as producers sent them
 * @param throttled replicas that are copied no faster than the brokers' quotas allow
 */
public record LogConfig(
        CleanupPolicy cleanupPolicy,
        int segmentBytes,
        long segmentMs,
        long segmentJitterMs,
        int segmentIndexBytes,
        int indexIntervalBytes,
        long retentionMs,
        long retentionBytes,
        long fileDeleteDelayMs,
        int maxMessageBytes,
        TimestampType timestampType,
        long timestampBeforeMaxMs,
        long timestampAfterMaxMs,
        long flushMessages,
        long flushMs,
        boolean flushOnAck,
        int minInsyncReplicas,
        Optional<Compression> compression,
        CompactionConfig compaction,
        Throttled throttled) {

    /** Replicas that are throttled where they are read, and where they are written. */
    public record Throttled(ThrottledReplicas leaders, ThrottledReplicas followers) {}

    /**
     * What compaction is told.
     *
     * @param minCleanableRatio share of new bytes from which on a log is compacted
     * @param minLagMs how long a record stays as it came
     * @param maxLagMs a record is compacted after this time at the latest
     * @param deleteRetentionMs how long tombstones and transaction markers stay after they could go
     */
    public record CompactionConfig(
            double minCleanableRatio, long minLagMs, long maxLagMs, long deleteRetentionMs) {}

    /** Every key at its default. */
    public static final LogConfig DEFAULT = of("defaults", Map.of(), Map.of());

    /**
     * Reads a topic's configuration.
     *
     * @param source for messages: the topic
     * @param topic what was set on the topic
     * @param broker the broker's own configuration, which gives defaults through its synonyms
     * @throws io.millrace.base.config.ConfigException with every problem, unknown keys included
     */
    public static LogConfig of(
            String source, Map<String, String> topic, Map<String, String> broker) {
        Map<String, String> effective = new TreeMap<>(TopicConfigKeys.defaultsFromBroker(broker));
        effective.putAll(topic);
        ConfigReader reader = new ConfigReader(source, effective);
        TopicConfigKeys.all().forEach(key -> reader.get(key.key()));
        LogConfig config =
                new LogConfig(
                        reader.get(TopicConfigKeys.CLEANUP_POLICY),
                        reader.get(TopicConfigKeys.SEGMENT_BYTES),
                        reader.get(TopicConfigKeys.SEGMENT_MS),
                        reader.get(TopicConfigKeys.SEGMENT_JITTER_MS),
                        reader.get(TopicConfigKeys.SEGMENT_INDEX_BYTES),
                        reader.get(TopicConfigKeys.INDEX_INTERVAL_BYTES),
                        reader.get(TopicConfigKeys.RETENTION_MS),
                        reader.get(TopicConfigKeys.RETENTION_BYTES),
                        reader.get(TopicConfigKeys.FILE_DELETE_DELAY_MS),
                        reader.get(TopicConfigKeys.MAX_MESSAGE_BYTES),
                        reader.get(TopicConfigKeys.TIMESTAMP_TYPE),
                        reader.get(TopicConfigKeys.TIMESTAMP_BEFORE_MAX_MS),
                        reader.get(TopicConfigKeys.TIMESTAMP_AFTER_MAX_MS),
                        reader.get(TopicConfigKeys.FLUSH_MESSAGES),
                        reader.get(TopicConfigKeys.FLUSH_MS),
                        // Kafka forces after so many records, before it answers.
                        reader.get(TopicConfigKeys.FLUSH_ON_ACK)
                                || reader.get(TopicConfigKeys.FLUSH_MESSAGES) == 1,
                        reader.get(TopicConfigKeys.MIN_INSYNC_REPLICAS),
                        TopicConfigKeys.compression(reader),
                        new CompactionConfig(
                                reader.get(TopicConfigKeys.MIN_CLEANABLE_RATIO),
                                reader.get(TopicConfigKeys.MIN_COMPACTION_LAG_MS),
                                reader.get(TopicConfigKeys.MAX_COMPACTION_LAG_MS),
                                reader.get(TopicConfigKeys.DELETE_RETENTION_MS)),
                        new Throttled(
                                ThrottledReplicas.of(reader.get(TopicConfigKeys.LEADER_THROTTLED)),
                                ThrottledReplicas.of(
                                        reader.get(TopicConfigKeys.FOLLOWER_THROTTLED))));
        reader.finish();
        return config;
    }

    public boolean compacted() {
        return cleanupPolicy.compact();
    }

    /** Age at which a segment ends; where its records must be compacted before, that. */
    public long maxSegmentMs() {
        return compacted() ? Math.min(segmentMs, compaction.maxLagMs()) : segmentMs;
    }

    /** The same with acks=all waiting for the device: for internal topics. */
    public LogConfig withFlushOnAck() {
        return new LogConfig(
                cleanupPolicy,
                segmentBytes,
                segmentMs,
                segmentJitterMs,
                segmentIndexBytes,
                indexIntervalBytes,
                retentionMs,
                retentionBytes,
                fileDeleteDelayMs,
                maxMessageBytes,
                timestampType,
                timestampBeforeMaxMs,
                timestampAfterMaxMs,
                flushMessages,
                flushMs,
                true,
                minInsyncReplicas,
                compression,
                compaction,
                throttled);
    }
}
