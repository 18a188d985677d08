package io.millrace.clients.consumer;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import io.millrace.clients.cluster.ClientConfig;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Configuration of a consumer, in Kafka's keys and with Kafka's defaults. Sizes in bytes.
 *
 * @param groupId empty for a consumer that only uses {@code assign} and commits nothing
 * @param remoteAssignor of the coordinator's, with {@link GroupProtocol#CONSUMER} only; empty for
 *     the coordinator's choice
 * @param clientRack told to the coordinator, which may assign by it; records come from leaders
 * @param groupInstanceId makes a static member, which keeps its partitions over a restart
 */
public record ConsumerConfig(
        ClientConfig client,
        Optional<String> groupId,
        Optional<String> groupInstanceId,
        int sessionTimeoutMs,
        int heartbeatIntervalMs,
        int maxPollIntervalMs,
        int maxPollRecords,
        int fetchMinBytes,
        int fetchMaxBytes,
        int fetchMaxWaitMs,
        int maxPartitionFetchBytes,
        boolean autoCommit,
        int autoCommitIntervalMs,
        OffsetResetPolicy offsetReset,
        IsolationLevel isolation,
        boolean checkCrcs,
        boolean allowAutoCreateTopics,
        List<String> assignmentStrategies,
        GroupProtocol groupProtocol,
        Optional<String> remoteAssignor,
        Optional<String> clientRack) {
    public static final ConfigKey<String> GROUP_ID =
            ConfigKey.ofString("group.id").where(id -> !id.isBlank(), "a name");
    public static final ConfigKey<String> GROUP_INSTANCE_ID =
            ConfigKey.ofString("group.instance.id").where(id -> !id.isBlank(), "a name");
    public static final ConfigKey<Integer> SESSION_TIMEOUT_MS =
            ClientConfig.millis("session.timeout.ms", 45_000);
    public static final ConfigKey<Integer> HEARTBEAT_INTERVAL_MS =
            ClientConfig.millis("heartbeat.interval.ms", 3_000);
    public static final ConfigKey<Integer> MAX_POLL_INTERVAL_MS =
            ClientConfig.millis("max.poll.interval.ms", 300_000);
    public static final ConfigKey<Integer> MAX_POLL_RECORDS =
            ConfigKey.ofInt("max.poll.records")
                    .where(count -> count > 0, "1 or more")
                    .withDefault("500");
    public static final ConfigKey<Integer> FETCH_MIN_BYTES = bytes("fetch.min.bytes", 1);
    public static final ConfigKey<Integer> FETCH_MAX_BYTES = bytes("fetch.max.bytes", 50 << 20);
    public static final ConfigKey<Integer> FETCH_MAX_WAIT_MS =
            ClientConfig.millis("fetch.max.wait.ms", 500);
    public static final ConfigKey<Integer> MAX_PARTITION_FETCH_BYTES =
            bytes("max.partition.fetch.bytes", 1 << 20);
    public static final ConfigKey<Boolean> ENABLE_AUTO_COMMIT =
            ConfigKey.ofBoolean("enable.auto.commit").withDefault("true");
    public static final ConfigKey<Integer> AUTO_COMMIT_INTERVAL_MS =
            ClientConfig.millis("auto.commit.interval.ms", 5_000);
    public static final ConfigKey<OffsetResetPolicy> AUTO_OFFSET_RESET =
            ConfigKey.ofString("auto.offset.reset")
                    .oneOf(List.of("earliest", "latest", "none"))
                    .map(text -> OffsetResetPolicy.valueOf(text.toUpperCase(Locale.ROOT)))
                    .withDefault("latest");
    public static final ConfigKey<IsolationLevel> ISOLATION_LEVEL =
            ConfigKey.ofString("isolation.level")
                    .oneOf(List.of("read_uncommitted", "read_committed"))
                    .map(text -> IsolationLevel.valueOf(text.toUpperCase(Locale.ROOT)))
                    .withDefault("read_uncommitted");
    public static final ConfigKey<Boolean> CHECK_CRCS =
            ConfigKey.ofBoolean("check.crcs").withDefault("true");
    public static final ConfigKey<Boolean> ALLOW_AUTO_CREATE_TOPICS =
            ConfigKey.ofBoolean("allow.auto.create.topics").withDefault("true");

    /** Short names: {@code range}, {@code cooperative-sticky}. */
    public static final ConfigKey<List<String>> ASSIGNMENT_STRATEGY =
            ConfigKey.ofList("partition.assignment.strategy")
                    .where(
                            names ->
                                    !names.isEmpty()
                                            && List.of("range", "cooperative-sticky")
                                                    .containsAll(names),
                            "range, cooperative-sticky, or both separated by a comma")
                    .withDefault("range,cooperative-sticky");

    public static final ConfigKey<GroupProtocol> GROUP_PROTOCOL =
            ConfigKey.ofString("group.protocol")
                    .oneOf(List.of("classic", "consumer"))
                    .map(text -> GroupProtocol.valueOf(text.toUpperCase(Locale.ROOT)))
                    .withDefault("classic");
    public static final ConfigKey<String> GROUP_REMOTE_ASSIGNOR =
            ConfigKey.ofString("group.remote.assignor").where(name -> !name.isBlank(), "a name");

    public static final ConfigKey<String> CLIENT_RACK =
            ConfigKey.ofString("client.rack").withDefault("");

    public ConsumerConfig {
        assignmentStrategies = List.copyOf(assignmentStrategies);
    }

    /**
     * Reads a consumer's configuration.
     *
     * @throws io.millrace.base.config.ConfigException naming every problem
     */
    public static ConsumerConfig parse(Map<String, String> values) {
        ConfigReader reader = new ConfigReader("consumer", values);
        ConsumerConfig config =
                new ConsumerConfig(
                        ClientConfig.read(reader),
                        reader.find(GROUP_ID),
                        reader.find(GROUP_INSTANCE_ID),
                        reader.get(SESSION_TIMEOUT_MS),
                        reader.get(HEARTBEAT_INTERVAL_MS),
                        reader.get(MAX_POLL_INTERVAL_MS),
                        reader.get(MAX_POLL_RECORDS),
                        reader.get(FETCH_MIN_BYTES),
                        reader.get(FETCH_MAX_BYTES),
                        reader.get(FETCH_MAX_WAIT_MS),
                        reader.get(MAX_PARTITION_FETCH_BYTES),
                        autoCommit(reader),
                        reader.get(AUTO_COMMIT_INTERVAL_MS),
                        reader.get(AUTO_OFFSET_RESET),
                        reader.get(ISOLATION_LEVEL),
                        reader.get(CHECK_CRCS),
                        reader.get(ALLOW_AUTO_CREATE_TOPICS),
                        reader.get(ASSIGNMENT_STRATEGY),
                        reader.get(GROUP_PROTOCOL),
                        reader.find(GROUP_REMOTE_ASSIGNOR),
                        reader.find(CLIENT_RACK).filter(rack -> !rack.isEmpty()));
        checkProtocol(reader, config);
        if (config.heartbeatIntervalMs >= config.sessionTimeoutMs) {
            reader.problem(
                    "heartbeat.interval.ms=%d is not below session.timeout.ms=%d"
                            .formatted(config.heartbeatIntervalMs, config.sessionTimeoutMs));
        }
        reader.finish();
        return config;
    }

    /** With the protocol of KIP-848 these are the coordinator's to decide. */
    private static void checkProtocol(ConfigReader reader, ConsumerConfig config) {
        if (config.groupProtocol == GroupProtocol.CLASSIC) {
            if (config.remoteAssignor.isPresent()) {
                reader.problem("group.remote.assignor needs group.protocol=consumer");
            }
            return;
        }
        for (ConfigKey<?> key :
                List.of(ASSIGNMENT_STRATEGY, SESSION_TIMEOUT_MS, HEARTBEAT_INTERVAL_MS)) {
            if (reader.has(key)) {
                reader.problem(
                        key.name()
                                + " has no effect with group.protocol=consumer: the brokers"
                                + " decide; remove it");
            }
        }
    }

    /** On by default, but only with a group; asking for it without one is a mistake. */
    private static boolean autoCommit(ConfigReader reader) {
        boolean grouped = reader.has(GROUP_ID);
        if (!grouped && reader.has(ENABLE_AUTO_COMMIT) && reader.get(ENABLE_AUTO_COMMIT)) {
            reader.problem("enable.auto.commit=true needs group.id");
        }
        return reader.get(ENABLE_AUTO_COMMIT) && grouped;
    }

    private static ConfigKey<Integer> bytes(String name, int defaultBytes) {
        return ConfigKey.ofInt(name)
                .where(size -> size >= 0, "0 or more bytes")
                .withDefault(Integer.toString(defaultBytes));
    }
}
