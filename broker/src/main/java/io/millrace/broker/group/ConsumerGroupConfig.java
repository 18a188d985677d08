package io.millrace.broker.group;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import io.millrace.broker.group.assignor.RangeAssignor;
import io.millrace.broker.group.assignor.UniformAssignor;
import java.util.List;
import java.util.Map;

/**
 * What bounds groups of the consumer protocol. Times in milliseconds.
 *
 * @param assignors names of what members may choose from; the first is the default
 */
public record ConsumerGroupConfig(
        Bounded sessionTimeoutMs,
        Bounded heartbeatIntervalMs,
        Bounded assignmentIntervalMs,
        int maxSize,
        List<String> assignors,
        MigrationPolicy migration,
        int regexRefreshMs) {

    public static final ConfigKey<Integer> SESSION_TIMEOUT_MS =
            time("group.consumer.session.timeout.ms", "45000", 1)
                    .withDoc("After what silence a member of the consumer protocol is removed.");
    public static final ConfigKey<Integer> MIN_SESSION_TIMEOUT_MS =
            time("group.consumer.min.session.timeout.ms", "45000", 1)
                    .withDoc("Smallest session timeout a group may be configured with.");
    public static final ConfigKey<Integer> MAX_SESSION_TIMEOUT_MS =
            time("group.consumer.max.session.timeout.ms", "60000", 1)
                    .withDoc("Largest session timeout a group may be configured with.");
    public static final ConfigKey<Integer> HEARTBEAT_INTERVAL_MS =
            time("group.consumer.heartbeat.interval.ms", "5000", 1)
                    .withDoc("How often members of the consumer protocol are to be heard from.");
    public static final ConfigKey<Integer> MIN_HEARTBEAT_INTERVAL_MS =
            time("group.consumer.min.heartbeat.interval.ms", "5000", 1)
                    .withDoc("Smallest heartbeat interval a group may be configured with.");
    public static final ConfigKey<Integer> MAX_HEARTBEAT_INTERVAL_MS =
            time("group.consumer.max.heartbeat.interval.ms", "15000", 1)
                    .withDoc("Largest heartbeat interval a group may be configured with.");
    public static final ConfigKey<Integer> ASSIGNMENT_INTERVAL_MS =
            time("group.consumer.assignment.interval.ms", "1000", 0)
                    .withDoc("How long a group keeps an assignment before it makes the next.");
    public static final ConfigKey<Integer> MIN_ASSIGNMENT_INTERVAL_MS =
            time("group.consumer.min.assignment.interval.ms", "0", 0)
                    .withDoc("Smallest assignment interval a group may be configured with.");
    public static final ConfigKey<Integer> MAX_ASSIGNMENT_INTERVAL_MS =
            time("group.consumer.max.assignment.interval.ms", "15000", 0)
                    .withDoc("Largest assignment interval a group may be configured with.");
    public static final ConfigKey<Integer> MAX_SIZE =
            time("group.consumer.max.size", "2147483647", 1)
                    .withDoc("Members one group of the consumer protocol may have.");
    public static final ConfigKey<List<String>> ASSIGNORS =
            ConfigKey.ofList("group.consumer.assignors")
                    .withDefault(UniformAssignor.NAME + "," + RangeAssignor.NAME)
                    .withDoc("Assignors that members may choose from; the first is the default.")
                    .where(
                            names ->
                                    !names.isEmpty()
                                            && List.of(UniformAssignor.NAME, RangeAssignor.NAME)
                                                    .containsAll(names),
                            "a list of uniform and range");
    public static final ConfigKey<String> MIGRATION_POLICY =
            ConfigKey.ofString("group.consumer.migration.policy")
                    .withDefault("bidirectional")
                    .withDoc("Whether groups may change between classic and consumer protocol.")
                    .where(
                            name -> MigrationPolicy.isName(name),
                            "one of bidirectional, upgrade, downgrade and disabled");
    public static final ConfigKey<Integer> REGEX_REFRESH_INTERVAL_MS =
            time("group.consumer.regex.refresh.interval.ms", "600000", 10_000)
                    .withDoc("How often the topics of regular expressions are looked up anew.");

    /** All keys, for describing. */
    public static final List<ConfigKey<?>> KEYS =
            List.of(
                    SESSION_TIMEOUT_MS,
                    MIN_SESSION_TIMEOUT_MS,
                    MAX_SESSION_TIMEOUT_MS,
                    HEARTBEAT_INTERVAL_MS,
                    MIN_HEARTBEAT_INTERVAL_MS,
                    MAX_HEARTBEAT_INTERVAL_MS,
                    ASSIGNMENT_INTERVAL_MS,
                    MIN_ASSIGNMENT_INTERVAL_MS,
                    MAX_ASSIGNMENT_INTERVAL_MS,
                    MAX_SIZE,
                    ASSIGNORS,
                    MIGRATION_POLICY,
                    REGEX_REFRESH_INTERVAL_MS);

    /** Key of a group's own configuration that overrides {@link #SESSION_TIMEOUT_MS}. */
    public static final String GROUP_SESSION_TIMEOUT_MS = "consumer.session.timeout.ms";

    /** Key of a group's own configuration that overrides {@link #HEARTBEAT_INTERVAL_MS}. */
    public static final String GROUP_HEARTBEAT_INTERVAL_MS = "consumer.heartbeat.interval.ms";

    /** Key of a group's own configuration that overrides {@link #ASSIGNMENT_INTERVAL_MS}. */
    public static final String GROUP_ASSIGNMENT_INTERVAL_MS = "consumer.assignment.interval.ms";

    /** All defaults. */
    public static final ConsumerGroupConfig DEFAULTS =
            new ConsumerGroupConfig(
                    new Bounded(45_000, 45_000, 60_000),
                    new Bounded(5_000, 5_000, 15_000),
                    new Bounded(1_000, 0, 15_000),
                    Integer.MAX_VALUE,
                    List.of(UniformAssignor.NAME, RangeAssignor.NAME),
                    MigrationPolicy.BIDIRECTIONAL,
                    600_000);

    /** A value that a group may set for itself within bounds. */
    public record Bounded(int value, int min, int max) {
        /** The group's own value, brought within the bounds, if it has one. */
        int in(Map<String, String> groupConfig, String key) {
            String own = groupConfig.get(key);
            if (own == null) {
                return value;
            }
            try {
                return Math.max(min, Math.min(max, Integer.parseInt(own)));
            } catch (NumberFormatException e) {
                // Refused when it is set; an entry of another version must not stop the group.
                return value;
            }
        }
    }

    public ConsumerGroupConfig {
        assignors = List.copyOf(assignors);
    }

    public static ConsumerGroupConfig read(ConfigReader reader) {
        return new ConsumerGroupConfig(
                bounded(reader, SESSION_TIMEOUT_MS, MIN_SESSION_TIMEOUT_MS, MAX_SESSION_TIMEOUT_MS),
                bounded(
                        reader,
                        HEARTBEAT_INTERVAL_MS,
                        MIN_HEARTBEAT_INTERVAL_MS,
                        MAX_HEARTBEAT_INTERVAL_MS),
                bounded(
                        reader,
                        ASSIGNMENT_INTERVAL_MS,
                        MIN_ASSIGNMENT_INTERVAL_MS,
                        MAX_ASSIGNMENT_INTERVAL_MS),
                reader.get(MAX_SIZE),
                reader.get(ASSIGNORS),
                MigrationPolicy.of(reader.get(MIGRATION_POLICY)),
                reader.get(REGEX_REFRESH_INTERVAL_MS));
    }

    static Bounded bounded(
            ConfigReader reader,
            ConfigKey<Integer> key,
            ConfigKey<Integer> minKey,
            ConfigKey<Integer> maxKey) {
        int value = reader.get(key);
        int min = reader.get(minKey);
        int max = reader.get(maxKey);
        if (value < min || value > max) {
            reader.problem(
                    key.name()
                            + "="
                            + value
                            + " is not between "
                            + minKey.name()
                            + "="
                            + min
                            + " and "
                            + maxKey.name()
                            + "="
                            + max);
        }
        return new Bounded(value, min, max);
    }

    private static ConfigKey<Integer> time(String name, String byDefault, int atLeast) {
        return ConfigKey.ofInt(name)
                .withDefault(byDefault)
                .where(n -> n >= atLeast, "at least " + atLeast);
    }
}
