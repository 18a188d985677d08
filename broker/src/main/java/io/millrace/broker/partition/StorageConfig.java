package io.millrace.broker.partition;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import io.millrace.broker.log.compaction.CleanerConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * What the broker's partitions as a whole are told; single topics: {@link
 * io.millrace.broker.log.LogConfig}.
 *
 * @param retentionCheckMs how often old segments are looked for
 * @param checkpointMs how often logs are put on the device and their recovery points noted
 * @param producerExpirationMs how long an idle idempotent producer is remembered
 * @param maxOpenFiles files held open without being in use
 * @param reserveBytes kept free in each directory for the day its disk is full; 0 for nothing
 * @param recoveryThreads that open the logs of one directory
 * @param moveBytesPerSecond most that moves between directories copy, all together
 * @param cleaner how logs are compacted
 */
public record StorageConfig(
        long retentionCheckMs,
        long checkpointMs,
        long producerExpirationMs,
        int maxOpenFiles,
        long reserveBytes,
        int recoveryThreads,
        long moveBytesPerSecond,
        CleanerConfig cleaner) {
    static final ConfigKey<Long> RETENTION_CHECK_MS =
            ConfigKey.ofLong("log.retention.check.interval.ms")
                    .where(ms -> ms >= 1, "at least 1")
                    .withDefault("300000")
                    .withDoc("How often old segments are looked for.");
    static final ConfigKey<Long> CHECKPOINT_MS =
            ConfigKey.ofInt("log.flush.offset.checkpoint.interval.ms")
                    .map(Integer::longValue)
                    .where(ms -> ms >= 1, "at least 1")
                    .withDefault("60000")
                    .withDoc("How often logs are put on the device and recovery points noted.");
    static final ConfigKey<Long> PRODUCER_EXPIRATION_MS =
            ConfigKey.ofInt("producer.id.expiration.ms")
                    .map(Integer::longValue)
                    .where(ms -> ms >= 1, "at least 1")
                    .withDefault("86400000")
                    .withDoc("How long an idle idempotent producer is remembered.");
    static final ConfigKey<Integer> MAX_OPEN_FILES =
            ConfigKey.ofInt("log.max.open.files")
                    .where(n -> n >= 1, "at least 1")
                    .withDefault("2000")
                    .withDoc("Segment files held open without being in use.");

    static final ConfigKey<Long> RESERVE_BYTES =
            ConfigKey.ofLong("log.dir.reserve.bytes")
                    .where(bytes -> bytes >= 0, "at least 0")
                    .withDefault("67108864")
                    .withDoc(
                            "Kept in each log directory, at most a sixteenth of what is free, so"
                                    + " that metadata, markers and deletes work on a full disk.");
    static final ConfigKey<Integer> RECOVERY_THREADS =
            ConfigKey.ofInt("num.recovery.threads.per.data.dir")
                    .where(n -> n >= 1, "at least 1")
                    .withDefault("2")
                    .withDoc("Threads that open and recover the logs of one directory.");

    static final ConfigKey<Long> MOVE_BYTES_PER_SECOND =
            ConfigKey.ofLong("replica.alter.log.dirs.io.max.bytes.per.second")
                    .where(bytes -> bytes >= 1, "at least 1")
                    .withDefault("9223372036854775807")
                    .withDoc("Most that moves between log directories copy per second.");

    /** Reads these keys out of the broker's configuration. */
    public static StorageConfig read(ConfigReader reader) {
        return new StorageConfig(
                reader.get(RETENTION_CHECK_MS),
                reader.get(CHECKPOINT_MS),
                reader.get(PRODUCER_EXPIRATION_MS),
                reader.get(MAX_OPEN_FILES),
                reader.get(RESERVE_BYTES),
                reader.get(RECOVERY_THREADS),
                reader.get(MOVE_BYTES_PER_SECOND),
                CleanerConfig.read(reader));
    }

    /** All keys, for describing. */
    public static List<ConfigKey<?>> keys() {
        List<ConfigKey<?>> keys =
                new ArrayList<>(
                        List.of(
                                RETENTION_CHECK_MS,
                                CHECKPOINT_MS,
                                PRODUCER_EXPIRATION_MS,
                                MAX_OPEN_FILES,
                                RESERVE_BYTES,
                                RECOVERY_THREADS,
                                MOVE_BYTES_PER_SECOND));
        keys.addAll(CleanerConfig.keys());
        return keys;
    }
}
