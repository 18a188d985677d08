package io.millrace.broker.group;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.List;

/** What bounds the membership of share groups. Times in milliseconds. */
public record ShareGroupConfig(
        ConsumerGroupConfig.Bounded sessionTimeoutMs,
        ConsumerGroupConfig.Bounded heartbeatIntervalMs,
        int maxSize) {

    public static final ConfigKey<Integer> SESSION_TIMEOUT_MS =
            atLeastOne("group.share.session.timeout.ms", "45000")
                    .withDoc("After what silence a member of a share group is removed.");
    public static final ConfigKey<Integer> MIN_SESSION_TIMEOUT_MS =
            atLeastOne("group.share.min.session.timeout.ms", "45000")
                    .withDoc("Smallest session timeout a share group may be configured with.");
    public static final ConfigKey<Integer> MAX_SESSION_TIMEOUT_MS =
            atLeastOne("group.share.max.session.timeout.ms", "60000")
                    .withDoc("Largest session timeout a share group may be configured with.");
    public static final ConfigKey<Integer> HEARTBEAT_INTERVAL_MS =
            atLeastOne("group.share.heartbeat.interval.ms", "5000")
                    .withDoc("How often members of share groups are to be heard from.");
    public static final ConfigKey<Integer> MIN_HEARTBEAT_INTERVAL_MS =
            atLeastOne("group.share.min.heartbeat.interval.ms", "5000")
                    .withDoc("Smallest heartbeat interval a share group may be configured with.");
    public static final ConfigKey<Integer> MAX_HEARTBEAT_INTERVAL_MS =
            atLeastOne("group.share.max.heartbeat.interval.ms", "15000")
                    .withDoc("Largest heartbeat interval a share group may be configured with.");
    public static final ConfigKey<Integer> MAX_SIZE =
            atLeastOne("group.share.max.size", "200").withDoc("Members one share group may have.");

    /** All keys, for describing. */
    public static final List<ConfigKey<?>> KEYS =
            List.of(
                    SESSION_TIMEOUT_MS,
                    MIN_SESSION_TIMEOUT_MS,
                    MAX_SESSION_TIMEOUT_MS,
                    HEARTBEAT_INTERVAL_MS,
                    MIN_HEARTBEAT_INTERVAL_MS,
                    MAX_HEARTBEAT_INTERVAL_MS,
                    MAX_SIZE);

    /** Key of a group's own configuration that overrides {@link #SESSION_TIMEOUT_MS}. */
    public static final String GROUP_SESSION_TIMEOUT_MS = "share.session.timeout.ms";

    /** Key of a group's own configuration that overrides {@link #HEARTBEAT_INTERVAL_MS}. */
    public static final String GROUP_HEARTBEAT_INTERVAL_MS = "share.heartbeat.interval.ms";

    /** All defaults. */
    public static final ShareGroupConfig DEFAULTS =
            new ShareGroupConfig(
                    new ConsumerGroupConfig.Bounded(45_000, 45_000, 60_000),
                    new ConsumerGroupConfig.Bounded(5_000, 5_000, 15_000),
                    200);

    public static ShareGroupConfig read(ConfigReader reader) {
        return new ShareGroupConfig(
                ConsumerGroupConfig.bounded(
                        reader, SESSION_TIMEOUT_MS, MIN_SESSION_TIMEOUT_MS, MAX_SESSION_TIMEOUT_MS),
                ConsumerGroupConfig.bounded(
                        reader,
                        HEARTBEAT_INTERVAL_MS,
                        MIN_HEARTBEAT_INTERVAL_MS,
                        MAX_HEARTBEAT_INTERVAL_MS),
                reader.get(MAX_SIZE));
    }

    private static ConfigKey<Integer> atLeastOne(String name, String byDefault) {
        return ConfigKey.ofInt(name).withDefault(byDefault).where(n -> n >= 1, "at least 1");
    }
}
