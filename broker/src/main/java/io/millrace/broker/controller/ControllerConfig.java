package io.millrace.broker.controller;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.List;

/**
 * What the controller decides by.
 *
 * @param defaultPartitions partitions of a topic whose creator does not say
 * @param defaultReplicationFactor replicas likewise
 * @param snapshotEveryRecords records of the log behind which a new snapshot is written
 */
public record ControllerConfig(
        int defaultPartitions, int defaultReplicationFactor, int snapshotEveryRecords) {
    public static final ConfigKey<Integer> NUM_PARTITIONS =
            ConfigKey.ofInt("num.partitions")
                    .where(count -> count >= 1, "at least 1")
                    .withDefault("1")
                    .withDoc("Partitions of a topic whose creator does not say how many.");
    public static final ConfigKey<Integer> DEFAULT_REPLICATION_FACTOR =
            ConfigKey.ofInt("default.replication.factor")
                    .where(count -> count >= 1, "at least 1")
                    .withDefault("1")
                    .withDoc("Replicas of a topic whose creator does not say how many.");
    public static final ConfigKey<Integer> SNAPSHOT_EVERY_RECORDS =
            ConfigKey.ofInt("metadata.snapshot.every.records")
                    .where(count -> count >= 100, "at least 100")
                    .withDefault("20000")
                    .withDoc("Metadata records behind which the controller writes a snapshot.");

    public static ControllerConfig read(ConfigReader reader) {
        return new ControllerConfig(
                reader.get(NUM_PARTITIONS),
                reader.get(DEFAULT_REPLICATION_FACTOR),
                reader.get(SNAPSHOT_EVERY_RECORDS));
    }

    /** All keys, for describing. */
    public static List<ConfigKey<?>> keys() {
        return List.of(NUM_PARTITIONS, DEFAULT_REPLICATION_FACTOR, SNAPSHOT_EVERY_RECORDS);
    }
}
