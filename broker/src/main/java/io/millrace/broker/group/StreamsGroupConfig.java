package io.millrace.broker.group;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.List;

/**
 * What bounds streams groups. Times in milliseconds.
 *
 * @param standbys copies of each task's state
 */
public record StreamsGroupConfig(
        ConsumerGroupConfig.Bounded sessionTimeoutMs,
        ConsumerGroupConfig.Bounded heartbeatIntervalMs,
        ConsumerGroupConfig.Bounded standbys,
        int maxSize) {

    public static final ConfigKey<Integer> SESSION_TIMEOUT_MS =
            atLeast("group.streams.session.timeout.ms", "45000", 1)
                    .withDoc("After what silence a member of a streams group is removed.");
    public static final ConfigKey<Integer> MIN_SESSION_TIMEOUT_MS =
            atLeast("group.streams.min.session.timeout.ms", "45000", 1)
                    .withDoc("Smallest session timeout a streams group may be configured with.");
    public static final ConfigKey<Integer> MAX_SESSION_TIMEOUT_MS =
            atLeast("group.streams.max.session.timeout.ms", "60000", 1)
                    .withDoc("Largest session timeout a streams group may be configured with.");
    public static final ConfigKey<Integer> HEARTBEAT_INTERVAL_MS =
            atLeast("group.streams.heartbeat.interval.ms", "5000", 1)
                    .withDoc("How often members of streams groups are to be heard from.");
    public static final ConfigKey<Integer> MIN_HEARTBEAT_INTERVAL_MS =
            atLeast("group.streams.min.heartbeat.interval.ms", "5000", 1)
                    .withDoc("Smallest heartbeat interval a streams group may be configured with.");
    public static final ConfigKey<Integer> MAX_HEARTBEAT_INTERVAL_MS =
            atLeast("group.streams.max.heartbeat.interval.ms", "15000", 1)
                    .withDoc("Largest heartbeat interval a streams group may be configured with.");
    public static final ConfigKey<Integer> MAX_SIZE =
            atLeast("group.streams.max.size", "2147483647", 1)
                    .withDoc("Members one streams group may have.");
    public static final ConfigKey<Integer> NUM_STANDBY_REPLICAS =
            atLeast("group.streams.num.standby.replicas", "0", 0)
                    .withDoc("Copies of each task's state that other processes keep.");
    public static final ConfigKey<Integer> MAX_STANDBY_REPLICAS =
            atLeast("group.streams.max.standby.replicas", "2", 0)
                    .withDoc("Most copies that a streams group may be configured with.");

    /** All keys, for describing. */
    public static final List<ConfigKey<?>> KEYS =
            List.of(
                    SESSION_TIMEOUT_MS,
                    MIN_SESSION_TIMEOUT_MS,
                    MAX_SESSION_TIMEOUT_MS,
                    HEARTBEAT_INTERVAL_MS,
                    MIN_HEARTBEAT_INTERVAL_MS,
                    MAX_HEARTBEAT_INTERVAL_MS,
                    MAX_SIZE,
                    NUM_STANDBY_REPLICAS,
                    MAX_STANDBY_REPLICAS);

    /** Key of a group's own configuration that overrides {@link #SESSION_TIMEOUT_MS}. */
    public static final String GROUP_SESSION_TIMEOUT_MS = "streams.session.timeout.ms";

    /** Key of a group's own configuration that overrides {@link #HEARTBEAT_INTERVAL_MS}. */
    public static final String GROUP_HEARTBEAT_INTERVAL_MS = "streams.heartbeat.interval.ms";

    /** Key of a group's own configuration that overrides {@link #NUM_STANDBY_REPLICAS}. */
    public static final String GROUP_NUM_STANDBY_REPLICAS = "streams.num.standby.replicas";

    /** All defaults. */
    public static final StreamsGroupConfig DEFAULTS =
            new StreamsGroupConfig(
                    new ConsumerGroupConfig.Bounded(45_000, 45_000, 60_000),
                    new ConsumerGroupConfig.Bounded(5_000, 5_000, 15_000),
                    new ConsumerGroupConfig.Bounded(0, 0, 2),
                    Integer.MAX_VALUE);

    public static StreamsGroupConfig read(ConfigReader reader) {
        return new StreamsGroupConfig(
                ConsumerGroupConfig.bounded(
                        reader, SESSION_TIMEOUT_MS, MIN_SESSION_TIMEOUT_MS, MAX_SESSION_TIMEOUT_MS),
                ConsumerGroupConfig.bounded(
                        reader,
                        HEARTBEAT_INTERVAL_MS,
                        MIN_HEARTBEAT_INTERVAL_MS,
                        MAX_HEARTBEAT_INTERVAL_MS),
                new ConsumerGroupConfig.Bounded(
                        reader.get(NUM_STANDBY_REPLICAS), 0, reader.get(MAX_STANDBY_REPLICAS)),
                reader.get(MAX_SIZE));
    }

    private static ConfigKey<Integer> atLeast(String name, String byDefault, int least) {
        return ConfigKey.ofInt(name)
                .withDefault(byDefault)
                .where(n -> n >= least, "at least " + least);
    }
}
