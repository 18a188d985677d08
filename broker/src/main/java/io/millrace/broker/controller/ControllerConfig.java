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
 * @param brokerSilenceMs silence after which a broker is fenced although its session lives
 * @param balancing how leadership goes back to preferred leaders
 * @param uncleanElectionMs time between looks for partitions without a leader whose topics allow
 *     anybody
 */
public record ControllerConfig(
        int defaultPartitions,
        int defaultReplicationFactor,
        int snapshotEveryRecords,
        long brokerSilenceMs,
        Balancing balancing,
        long uncleanElectionMs) {

    /**
     * Preferred-leader balancing.
     *
     * @param maxPercent share of the partitions a broker should lead that others may lead
     */
    public record Balancing(boolean enabled, long everyMs, int maxPercent) {}

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

    public static final ConfigKey<Long> BROKER_SESSION_TIMEOUT_MS =
            ConfigKey.ofLong("broker.session.timeout.ms")
                    .where(ms -> ms >= 1_000, "at least 1000")
                    .withDefault("9000")
                    .withDoc(
                            "Silence after which the controller fences a broker although its"
                                    + " session with the metadata store lives.");
    public static final ConfigKey<Boolean> AUTO_LEADER_REBALANCE =
            ConfigKey.ofBoolean("auto.leader.rebalance.enable")
                    .withDefault("true")
                    .withDoc("Whether leadership goes back to preferred leaders by itself.");
    public static final ConfigKey<Long> LEADER_IMBALANCE_CHECK_SECONDS =
            ConfigKey.ofLong("leader.imbalance.check.interval.seconds")
                    .where(seconds -> seconds >= 1, "at least 1")
                    .withDefault("300")
                    .withDoc("Time between looks at who leads what it should.");
    public static final ConfigKey<Integer> LEADER_IMBALANCE_PERCENT =
            ConfigKey.ofInt("leader.imbalance.per.broker.percentage")
                    .where(percent -> percent >= 0 && percent <= 100, "0 to 100")
                    .withDefault("10")
                    .withDoc(
                            "Share of the partitions a broker should lead that others may lead"
                                    + " before leadership goes back.");
    public static final ConfigKey<Long> UNCLEAN_ELECTION_INTERVAL_MS =
            ConfigKey.ofLong("unclean.leader.election.interval.ms")
                    .where(ms -> ms >= 1_000, "at least 1000")
                    .withDefault("300000")
                    .withDoc(
                            "Time between looks for partitions without a leader whose topics allow"
                                    + " unclean elections.");

    public static ControllerConfig read(ConfigReader reader) {
        return new ControllerConfig(
                reader.get(NUM_PARTITIONS),
                reader.get(DEFAULT_REPLICATION_FACTOR),
                reader.get(SNAPSHOT_EVERY_RECORDS),
                reader.get(BROKER_SESSION_TIMEOUT_MS),
                new Balancing(
                        reader.get(AUTO_LEADER_REBALANCE),
                        reader.get(LEADER_IMBALANCE_CHECK_SECONDS) * 1_000,
                        reader.get(LEADER_IMBALANCE_PERCENT)),
                reader.get(UNCLEAN_ELECTION_INTERVAL_MS));
    }

    /** These numbers, and Kafka's defaults else. */
    public static ControllerConfig of(
            int defaultPartitions, int defaultReplicationFactor, int snapshotEveryRecords) {
        return new ControllerConfig(
                defaultPartitions,
                defaultReplicationFactor,
                snapshotEveryRecords,
                9_000,
                new Balancing(true, 300_000, 10),
                300_000);
    }

    /** All keys, for describing. */
    public static List<ConfigKey<?>> keys() {
        return List.of(
                NUM_PARTITIONS,
                DEFAULT_REPLICATION_FACTOR,
                SNAPSHOT_EVERY_RECORDS,
                BROKER_SESSION_TIMEOUT_MS,
                AUTO_LEADER_REBALANCE,
                LEADER_IMBALANCE_CHECK_SECONDS,
                LEADER_IMBALANCE_PERCENT,
                UNCLEAN_ELECTION_INTERVAL_MS);
    }
}
