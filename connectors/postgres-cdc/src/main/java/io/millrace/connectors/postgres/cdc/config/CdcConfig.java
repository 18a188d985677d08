package io.millrace.connectors.postgres.cdc.config;

import io.millrace.connectors.postgres.cdc.type.TypeOptions;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;

/** The connector's configuration, checked and in parts; made once per validate or task. */
public record CdcConfig(
        DatabaseAddress database,
        String topicPrefix,
        Slot slot,
        Publication publication,
        TableFilter filter,
        KeyColumns keyColumns,
        SnapshotMode snapshotMode,
        Output output,
        TypeOptions types,
        Limits limits,
        Retry retry) {
    private static final long MAX_DEFAULT_QUEUE_BYTES = 64L << 20;

    /** The replication slot. */
    public record Slot(String name, boolean dropOnStop) {}

    /** The publication and what may be done to it. */
    public record Publication(String name, PublicationMode mode) {}

    /** What to do about a publication. */
    public enum PublicationMode {
        ALL_TABLES,
        FILTERED,
        NO_TABLES,
        DISABLED
    }

    /** Whether rows are read before changes. */
    public enum SnapshotMode {
        INITIAL,
        ALWAYS,
        INITIAL_ONLY,
        NO_DATA
    }

    /** Which records are made. */
    public record Output(
            boolean tombstones,
            Set<String> skippedOperations,
            int heartbeatIntervalMs,
            String heartbeatTopicsPrefix) {
        public Output {
            skippedOperations = Set.copyOf(skippedOperations);
        }
    }

    /** Bounds of queue and batches. */
    public record Limits(
            int maxBatchRecords,
            int maxQueueRecords,
            long maxQueueBytes,
            long pollIntervalMs,
            int statusIntervalMs) {}

    /** Reconnecting; {@code maxAttempts} -1 = no bound. */
    public record Retry(long initialMs, long maxMs, int maxAttempts) {}

    public static CdcConfig parse(Map<String, String> properties) {
        AbstractConfig config = new AbstractConfig(CdcKeys.definition(), properties, false);
        return new CdcConfig(
                database(config),
                config.getString(CdcKeys.TOPIC_PREFIX),
                new Slot(config.getString(CdcKeys.SLOT_NAME), config.getBoolean(CdcKeys.SLOT_DROP)),
                new Publication(
                        config.getString(CdcKeys.PUBLICATION),
                        PublicationMode.valueOf(upper(config, CdcKeys.PUBLICATION_MODE))),
                filter(config),
                KeyColumns.parse(CdcKeys.KEY_COLUMNS, config.getString(CdcKeys.KEY_COLUMNS)),
                snapshotMode(config),
                output(config),
                types(config),
                limits(config),
                new Retry(
                        config.getLong(CdcKeys.RETRY_INITIAL),
                        config.getLong(CdcKeys.RETRY_MAX),
                        config.getInt(CdcKeys.MAX_RETRIES)));
    }

    private static DatabaseAddress database(AbstractConfig config) {
        return new DatabaseAddress(
                config.getString(CdcKeys.HOSTNAME),
                config.getInt(CdcKeys.PORT),
                config.getString(CdcKeys.USER),
                config.getPassword(CdcKeys.PASSWORD).value(),
                config.getString(CdcKeys.DATABASE),
                config.getString(CdcKeys.SSL_MODE),
                config.getInt(CdcKeys.CONNECT_TIMEOUT));
    }

    private static TableFilter filter(AbstractConfig config) {
        return new TableFilter(
                TableFilter.patterns(
                        CdcKeys.SCHEMA_INCLUDE, config.getList(CdcKeys.SCHEMA_INCLUDE)),
                TableFilter.patterns(
                        CdcKeys.SCHEMA_EXCLUDE, config.getList(CdcKeys.SCHEMA_EXCLUDE)),
                TableFilter.patterns(CdcKeys.TABLE_INCLUDE, config.getList(CdcKeys.TABLE_INCLUDE)),
                TableFilter.patterns(CdcKeys.TABLE_EXCLUDE, config.getList(CdcKeys.TABLE_EXCLUDE)));
    }

    private static SnapshotMode snapshotMode(AbstractConfig config) {
        String mode = upper(config, CdcKeys.SNAPSHOT_MODE);
        // Debezium's older name for the same mode.
        return mode.equals("NEVER") ? SnapshotMode.NO_DATA : SnapshotMode.valueOf(mode);
    }

    private static Output output(AbstractConfig config) {
        Set<String> skipped = new HashSet<>(config.getList(CdcKeys.SKIPPED_OPERATIONS));
        skipped.remove("none");
        return new Output(
                config.getBoolean(CdcKeys.TOMBSTONES),
                skipped,
                config.getInt(CdcKeys.HEARTBEAT_INTERVAL),
                config.getString(CdcKeys.HEARTBEAT_PREFIX));
    }

    private static TypeOptions types(AbstractConfig config) {
        return new TypeOptions(
                TypeOptions.DecimalMode.valueOf(upper(config, CdcKeys.DECIMAL_MODE)),
                TypeOptions.TimeMode.valueOf(upper(config, CdcKeys.TIME_MODE)),
                TypeOptions.BinaryMode.valueOf(upper(config, CdcKeys.BINARY_MODE)),
                TypeOptions.IntervalMode.valueOf(upper(config, CdcKeys.INTERVAL_MODE)),
                config.getInt(CdcKeys.MONEY_DIGITS),
                config.getString(CdcKeys.UNAVAILABLE_VALUE));
    }

    private static Limits limits(AbstractConfig config) {
        long bytes = config.getLong(CdcKeys.MAX_QUEUE_BYTES);
        if (bytes == 0) {
            bytes = Math.min(MAX_DEFAULT_QUEUE_BYTES, Runtime.getRuntime().maxMemory() / 16);
        }
        return new Limits(
                config.getInt(CdcKeys.MAX_BATCH_SIZE),
                config.getInt(CdcKeys.MAX_QUEUE_SIZE),
                bytes,
                config.getLong(CdcKeys.POLL_INTERVAL),
                config.getInt(CdcKeys.STATUS_INTERVAL));
    }

    private static String upper(AbstractConfig config, String key) {
        return config.getString(key).toUpperCase(Locale.ROOT);
    }
}
