package io.millrace.broker.config;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigType;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keys of a group (KIP-848, KIP-932, KIP-1071). Each has a key of the broker that gives its
 * default, and most have two more that bound it.
 */
final class GroupKeys {
    private static final Map<String, GroupKey> TABLE = new LinkedHashMap<>();

    static {
        bounded("consumer.session.timeout.ms", "45000", 1);
        bounded("consumer.heartbeat.interval.ms", "5000", 1);
        bounded("consumer.assignment.interval.ms", "1000", 0);
        bounded("share.session.timeout.ms", "45000", 1);
        bounded("share.heartbeat.interval.ms", "5000", 1);
        bounded("share.assignment.interval.ms", "1000", 0);
        bounded("share.record.lock.duration.ms", "30000", 1000);
        bounded("share.delivery.count.limit", "5", 2);
        bounded("share.partition.max.record.locks", "2000", 100);
        bounded("streams.session.timeout.ms", "45000", 1);
        bounded("streams.heartbeat.interval.ms", "5000", 1);
        bounded("streams.assignment.interval.ms", "1000", 0);
        add(
                number("streams.initial.rebalance.delay.ms", "3000", 0),
                "group.streams.initial.rebalance.delay.ms",
                "",
                "");
        add(
                number("streams.num.standby.replicas", "0", 0),
                "group.streams.num.standby.replicas",
                "",
                "group.streams.max.standby.replicas");
        plain(
                ConfigKey.ofString("share.auto.offset.reset")
                        .where(
                                GroupKeys::isReset,
                                "earliest, latest or by_duration: and an ISO 8601 duration")
                        .withDefault("latest"));
        plain(
                ConfigKey.ofString("share.isolation.level")
                        .oneOf(List.of("read_committed", "read_uncommitted"))
                        .withDefault("read_uncommitted"));
        plain(ConfigKey.ofBoolean("share.renew.acknowledge.enable").withDefault("true"));
    }

    private GroupKeys() {}

    /**
     * A key of groups.
     *
     * @param brokerKey gives the default
     * @param leastKey broker key with the least value; empty for none
     * @param mostKey broker key with the highest value; empty for none
     */
    record GroupKey(ConfigKey<?> key, String brokerKey, String leastKey, String mostKey) {}

    static List<GroupKey> all() {
        return List.copyOf(TABLE.values());
    }

    static @Nullable GroupKey find(String key) {
        return TABLE.get(key);
    }

    static Optional<ConfigProblem> problem(
            ConfigResource group,
            String key,
            String value,
            Function<String, @Nullable String> brokerValues) {
        GroupKey known = TABLE.get(key);
        if (known == null) {
            return Optional.of(
                    ConfigProblem.unknown(ErrorCode.INVALID_CONFIG, group, key, TABLE.keySet()));
        }
        Optional<ConfigProblem> ofValue =
                ConfigProblem.ofValue(ErrorCode.INVALID_CONFIG, group, known.key(), value);
        if (ofValue.isPresent() || known.key().type() != ConfigType.INT) {
            return ofValue;
        }
        long number = Long.parseLong(value.trim());
        String least = brokerValues.apply(known.leastKey());
        String most = brokerValues.apply(known.mostKey());
        if (least != null && number < Long.parseLong(least)) {
            return outOfBounds(group, key, value, "below", known.leastKey(), least);
        }
        if (most != null && number > Long.parseLong(most)) {
            return outOfBounds(group, key, value, "above", known.mostKey(), most);
        }
        return Optional.empty();
    }

    private static Optional<ConfigProblem> outOfBounds(
            ConfigResource group,
            String key,
            String value,
            String side,
            String bound,
            String limit) {
        return Optional.of(
                new ConfigProblem(
                        ErrorCode.INVALID_CONFIG,
                        group + ": " + key + "=" + value + " is " + side + " " + bound + "="
                                + limit));
    }

    private static void bounded(String name, String byDefault, int least) {
        int dot = name.indexOf('.') + 1;
        String kind = "group." + name.substring(0, dot);
        String rest = name.substring(dot);
        add(
                number(name, byDefault, least),
                "group." + name,
                kind + "min." + rest,
                kind + "max." + rest);
    }

    private static void plain(ConfigKey<?> key) {
        add(key, key.name(), "", "");
    }

    private static ConfigKey<Integer> number(String name, String byDefault, int least) {
        return ConfigKey.ofInt(name)
                .where(value -> value >= least, "at least " + least)
                .withDefault(byDefault);
    }

    private static void add(ConfigKey<?> key, String brokerKey, String leastKey, String mostKey) {
        ConfigKey<?> documented = key.withDoc(docOf(key.name()));
        TABLE.put(key.name(), new GroupKey(documented, brokerKey, leastKey, mostKey));
    }

    private static String docOf(String key) {
        return switch (key.substring(key.indexOf('.') + 1)) {
            case "session.timeout.ms" -> "A member that is not heard of for so long is removed.";
            case "heartbeat.interval.ms" -> "How often members of the group send heartbeats.";
            case "assignment.interval.ms" -> "Least time between two assignments of the group.";
            case "record.lock.duration.ms" -> "How long a member may hold a record it acquired.";
            case "delivery.count.limit" -> "How often a record is delivered before it is archived.";
            case "partition.max.record.locks" ->
                    "Records of one partition that may be held at once.";
            case "initial.rebalance.delay.ms" ->
                    "How long the first assignment of an empty group waits for members.";
            case "num.standby.replicas" -> "Copies of each task's state that are kept warm.";
            case "auto.offset.reset" ->
                    "Where a share group starts: earliest, latest or by_duration:PnDTnHnMn.nS.";
            case "isolation.level" -> "Whether records of open and aborted transactions are given.";
            case "renew.acknowledge.enable" -> "Whether a member may prolong its hold of a record.";
            default -> throw new IllegalStateException(key + " has no documentation");
        };
    }

    private static boolean isReset(String value) {
        if (value.equals("earliest") || value.equals("latest")) {
            return true;
        }
        String prefix = "by_duration:";
        try {
            return value.startsWith(prefix)
                    && !Duration.parse(value.substring(prefix.length())).isNegative();
        } catch (DateTimeException e) {
            return false;
        }
    }
}
