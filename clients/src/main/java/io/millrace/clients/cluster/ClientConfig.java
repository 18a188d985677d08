package io.millrace.clients.cluster;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.ArrayList;
import java.util.List;

/**
 * Configuration that producer, consumer and admin share. Times in milliseconds.
 *
 * @param bootstrap addresses tried in turn until one answers
 * @param rebootstrap whether a client that lost all brokers it knew starts again from the bootstrap
 *     addresses
 * @param rebootstrapTriggerMs how long metadata may be out of reach before it does
 * @param clientId name shown in broker logs and quotas
 */
public record ClientConfig(
        List<HostPort> bootstrap,
        String clientId,
        int requestTimeoutMs,
        int retryBackoffMs,
        int retryBackoffMaxMs,
        int reconnectBackoffMs,
        int reconnectBackoffMaxMs,
        int metadataMaxAgeMs,
        int connectionSetupTimeoutMs,
        int defaultApiTimeoutMs,
        boolean rebootstrap,
        int rebootstrapTriggerMs) {
    public static final ConfigKey<List<String>> BOOTSTRAP_SERVERS =
            ConfigKey.ofList("bootstrap.servers")
                    .where(list -> !list.isEmpty(), "host:port, or several separated by commas")
                    .withDoc("host:port of one or more brokers, separated by commas");
    public static final ConfigKey<String> CLIENT_ID =
            ConfigKey.ofString("client.id").withDefault("");
    public static final ConfigKey<Integer> REQUEST_TIMEOUT_MS =
            millis("request.timeout.ms", 30_000);
    public static final ConfigKey<Integer> RETRY_BACKOFF_MS = millis("retry.backoff.ms", 100);
    public static final ConfigKey<Integer> RETRY_BACKOFF_MAX_MS =
            millis("retry.backoff.max.ms", 1_000);
    public static final ConfigKey<Integer> RECONNECT_BACKOFF_MS =
            millis("reconnect.backoff.ms", 50);
    public static final ConfigKey<Integer> RECONNECT_BACKOFF_MAX_MS =
            millis("reconnect.backoff.max.ms", 1_000);
    public static final ConfigKey<Integer> METADATA_MAX_AGE_MS =
            millis("metadata.max.age.ms", 300_000);
    public static final ConfigKey<Integer> CONNECTION_SETUP_TIMEOUT_MS =
            millis("socket.connection.setup.timeout.ms", 10_000);
    public static final ConfigKey<Integer> DEFAULT_API_TIMEOUT_MS =
            millis("default.api.timeout.ms", 60_000);

    /** KIP-899. */
    public static final ConfigKey<Boolean> METADATA_RECOVERY_STRATEGY =
            ConfigKey.ofString("metadata.recovery.strategy")
                    .oneOf(List.of("none", "rebootstrap"))
                    .map(text -> text.equals("rebootstrap"))
                    .withDefault("rebootstrap");

    /** KIP-1102. */
    public static final ConfigKey<Integer> METADATA_RECOVERY_REBOOTSTRAP_TRIGGER_MS =
            millis("metadata.recovery.rebootstrap.trigger.ms", 300_000);

    public ClientConfig {
        bootstrap = List.copyOf(bootstrap);
    }

    /** Reads the shared keys; the caller finishes the reader. */
    public static ClientConfig read(ConfigReader reader) {
        return new ClientConfig(
                readBootstrap(reader),
                reader.get(CLIENT_ID),
                reader.get(REQUEST_TIMEOUT_MS),
                reader.get(RETRY_BACKOFF_MS),
                reader.get(RETRY_BACKOFF_MAX_MS),
                reader.get(RECONNECT_BACKOFF_MS),
                reader.get(RECONNECT_BACKOFF_MAX_MS),
                reader.get(METADATA_MAX_AGE_MS),
                reader.get(CONNECTION_SETUP_TIMEOUT_MS),
                reader.get(DEFAULT_API_TIMEOUT_MS),
                reader.get(METADATA_RECOVERY_STRATEGY),
                reader.get(METADATA_RECOVERY_REBOOTSTRAP_TRIGGER_MS));
    }

    private static List<HostPort> readBootstrap(ConfigReader reader) {
        List<HostPort> found = new ArrayList<>();
        for (String text : reader.get(BOOTSTRAP_SERVERS)) {
            try {
                found.add(HostPort.parse(text));
            } catch (IllegalArgumentException e) {
                reader.problem(BOOTSTRAP_SERVERS.name() + ": " + e.getMessage());
            }
        }
        return found;
    }

    /** A number of milliseconds that is not negative. */
    public static ConfigKey<Integer> millis(String name, int defaultMs) {
        return ConfigKey.ofInt(name)
                .where(value -> value >= 0, "0 or more milliseconds")
                .withDefault(Integer.toString(defaultMs));
    }
}
