package io.millrace.connect.worker;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import io.millrace.connect.plugin.Discovery;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Configuration of a worker, with Kafka Connect's keys. Times in milliseconds.
 *
 * @param groupId workers with the same one share connectors
 * @param restHost address the REST API listens on
 * @param restPort its port; 0 for a free one
 * @param advertisedUrl how others reach the REST API; empty: host and port
 * @param keyConverter class and settings of the default key converter
 * @param clients keys for every client: {@code bootstrap.servers}, security
 * @param raw everything as given, for {@code worker}-level defaults of converters and clients
 */
public record WorkerConfig(
        String groupId,
        String restHost,
        int restPort,
        String advertisedUrl,
        List<Path> pluginPath,
        Discovery discovery,
        Topic configTopic,
        Topic offsetTopic,
        Topic statusTopic,
        PluginSettings keyConverter,
        PluginSettings valueConverter,
        PluginSettings headerConverter,
        Map<String, PluginSettings> configProviders,
        OverridePolicy overridePolicy,
        long offsetFlushIntervalMs,
        long offsetFlushTimeoutMs,
        long gracefulStopMs,
        int sessionTimeoutMs,
        boolean topicCreation,
        boolean topicTracking,
        boolean topicTrackingReset,
        RestartPolicy restarts,
        Map<String, String> clients,
        Map<String, String> producer,
        Map<String, String> consumer,
        Map<String, String> raw) {

    /** One internal topic; replication factor -1 is the broker's default. */
    public record Topic(
            String name, int partitions, int replicationFactor, Map<String, String> configs) {}

    /** Class of a plugin and what it is configured with. */
    public record PluginSettings(String className, Map<String, String> settings) {}

    static final String JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter";
    private static final String SIMPLE_HEADERS =
            "org.apache.kafka.connect.storage.SimpleHeaderConverter";
    private static final String LISTENERS = "listeners";
    private static final int DEFAULT_REST_PORT = 8083;

    static final ConfigKey<String> BOOTSTRAP =
            ConfigKey.ofString("bootstrap.servers")
                    .withDoc("host:port of one or more brokers, separated by commas");
    static final ConfigKey<String> GROUP_ID =
            ConfigKey.ofString("group.id").withDefault("connect-cluster");
    static final ConfigKey<List<String>> LISTENERS_KEY =
            ConfigKey.ofList(LISTENERS).withDefault("http://127.0.0.1:" + DEFAULT_REST_PORT);
    static final ConfigKey<String> ADVERTISED_HOST =
            ConfigKey.ofString("rest.advertised.host.name").withDefault("");
    static final ConfigKey<Integer> ADVERTISED_PORT =
            ConfigKey.ofInt("rest.advertised.port").withDefault("0");
    static final ConfigKey<List<String>> PLUGIN_PATH =
            ConfigKey.ofList("plugin.path").withDefault("");
    static final ConfigKey<Discovery> DISCOVERY =
            ConfigKey.ofString("plugin.discovery")
                    .oneOf(List.of("only_scan", "hybrid_warn", "hybrid_fail", "service_load"))
                    .map(text -> Discovery.valueOf(text.toUpperCase(Locale.ROOT)))
                    .withDefault("hybrid_warn");
    static final ConfigKey<Long> OFFSET_FLUSH_INTERVAL = millis("offset.flush.interval.ms", 5_000);
    static final ConfigKey<Long> OFFSET_FLUSH_TIMEOUT = millis("offset.flush.timeout.ms", 5_000);
    static final ConfigKey<Long> GRACEFUL_STOP = millis("task.shutdown.graceful.timeout.ms", 5_000);
    static final ConfigKey<Integer> SESSION_TIMEOUT =
            ConfigKey.ofInt("session.timeout.ms").withDefault("10000");
    static final ConfigKey<Boolean> TOPIC_CREATION =
            ConfigKey.ofBoolean("topic.creation.enable").withDefault("true");
    static final ConfigKey<Boolean> TOPIC_TRACKING =
            ConfigKey.ofBoolean("topic.tracking.enable").withDefault("true");
    static final ConfigKey<Boolean> TOPIC_TRACKING_RESET =
            ConfigKey.ofBoolean("topic.tracking.allow.reset").withDefault("true");
    static final ConfigKey<List<String>> PROVIDERS =
            ConfigKey.ofList("config.providers").withDefault("");
    static final ConfigKey<String> OVERRIDE_POLICY =
            ConfigKey.ofString("connector.client.config.override.policy").withDefault("All");
    static final ConfigKey<List<String>> OVERRIDE_ALLOWLIST =
            ConfigKey.ofList("connector.client.config.override.allowlist").withDefault("");

    /**
     * Keys of Kafka Connect that have no meaning here; accepted so that its files work unchanged.
     */
    private static final List<String> ACCEPTED =
            List.of(
                    "client.id",
                    "heartbeat.interval.ms",
                    "rebalance.timeout.ms",
                    "worker.sync.timeout.ms",
                    "worker.unsync.backoff.ms",
                    "scheduled.rebalance.max.delay.ms",
                    "connect.protocol",
                    "exactly.once.source.support",
                    "rest.advertised.listener",
                    "rest.extension.classes",
                    "access.control.allow.origin",
                    "access.control.allow.methods",
                    "admin.listeners",
                    "response.http.headers.config",
                    "metric.reporters",
                    "metrics.num.samples",
                    "metrics.recording.level",
                    "metrics.sample.window.ms",
                    "inter.worker.key.generation.algorithm",
                    "inter.worker.key.size",
                    "inter.worker.key.ttl.ms",
                    "inter.worker.signature.algorithm",
                    "inter.worker.verification.algorithms",
                    "offset.storage.file.filename",
                    "auto.include.jmx.reporter");

    private static final List<String> CLIENT_KEYS =
            List.of(
                    "bootstrap.servers",
                    "request.timeout.ms",
                    "retry.backoff.ms",
                    "retry.backoff.max.ms",
                    "reconnect.backoff.ms",
                    "reconnect.backoff.max.ms",
                    "metadata.max.age.ms",
                    "socket.connection.setup.timeout.ms");

    /**
     * Reads a worker's configuration.
     *
     * @param source where the values came from, for messages
     * @throws io.millrace.base.config.ConfigException with every problem and every unknown key
     */
    public static WorkerConfig parse(String source, Map<String, String> values) {
        ConfigReader reader = new ConfigReader(source, values);
        reader.accept(ACCEPTED);
        reader.get(BOOTSTRAP);
        Map<String, String> clients = new TreeMap<>();
        for (String key : CLIENT_KEYS) {
            if (values.containsKey(key)) {
                clients.put(key, values.get(key));
            }
        }
        reader.accept(CLIENT_KEYS);
        for (String prefix : List.of("security.", "ssl.", "sasl.")) {
            reader.withPrefix(prefix).forEach((key, value) -> clients.put(prefix + key, value));
        }
        URI listener = listener(reader);
        Map<String, PluginSettings> providers = new TreeMap<>();
        for (String name : reader.get(PROVIDERS)) {
            ConfigKey<String> key = ConfigKey.ofString("config.providers." + name + ".class");
            Map<String, String> settings =
                    reader.withPrefix("config.providers." + name + ".param.");
            providers.put(name, new PluginSettings(reader.get(key), settings));
        }
        String host = listener.getHost() == null ? "127.0.0.1" : listener.getHost();
        WorkerConfig config =
                new WorkerConfig(
                        reader.get(GROUP_ID),
                        host,
                        Math.max(0, listener.getPort()),
                        advertised(reader),
                        reader.get(PLUGIN_PATH).stream().map(Path::of).toList(),
                        reader.get(DISCOVERY),
                        topic(reader, "config", "connect-configs", 1),
                        topic(reader, "offset", "connect-offsets", 25),
                        topic(reader, "status", "connect-status", 5),
                        plugin(reader, "key.converter", JSON_CONVERTER),
                        plugin(reader, "value.converter", JSON_CONVERTER),
                        plugin(reader, "header.converter", SIMPLE_HEADERS),
                        providers,
                        OverridePolicy.parse(
                                reader.get(OVERRIDE_POLICY), reader.get(OVERRIDE_ALLOWLIST)),
                        reader.get(OFFSET_FLUSH_INTERVAL),
                        reader.get(OFFSET_FLUSH_TIMEOUT),
                        reader.get(GRACEFUL_STOP),
                        reader.get(SESSION_TIMEOUT),
                        reader.get(TOPIC_CREATION),
                        reader.get(TOPIC_TRACKING),
                        reader.get(TOPIC_TRACKING_RESET),
                        RestartPolicy.read(reader),
                        clients,
                        reader.withPrefix("producer."),
                        reader.withPrefix("consumer."),
                        new TreeMap<>(values));
        reader.withPrefix("admin.");
        reader.finish();
        return config;
    }

    private static URI listener(ConfigReader reader) {
        List<String> listeners = reader.get(LISTENERS_KEY);
        String first = listeners.isEmpty() ? "http://127.0.0.1:8083" : listeners.get(0);
        try {
            URI uri = URI.create(first);
            if (!"http".equalsIgnoreCase(uri.getScheme())) {
                reader.problem(LISTENERS + "=" + first + " is not http://host:port");
            }
            return uri;
        } catch (IllegalArgumentException e) {
            reader.problem(LISTENERS + "=" + first + " is not http://host:port");
            return URI.create("http://127.0.0.1:8083");
        }
    }

    private static String advertised(ConfigReader reader) {
        String host = reader.get(ADVERTISED_HOST);
        int port = reader.get(ADVERTISED_PORT);
        return host.isEmpty() ? "" : host + ":" + port;
    }

    private static Topic topic(ConfigReader reader, String kind, String name, int partitions) {
        String prefix = kind + ".storage.";
        ConfigKey<String> topic = ConfigKey.ofString(prefix + "topic").withDefault(name);
        ConfigKey<Integer> replicas =
                ConfigKey.ofInt(prefix + "replication.factor").withDefault("-1");
        ConfigKey<Integer> count =
                ConfigKey.ofInt(prefix + "partitions").withDefault(Integer.toString(partitions));
        Topic found =
                new Topic(
                        reader.get(topic),
                        kind.equals("config") ? 1 : reader.get(count),
                        reader.get(replicas),
                        withoutOwnKeys(reader.withPrefix(prefix)));
        return found;
    }

    private static Map<String, String> withoutOwnKeys(Map<String, String> settings) {
        settings.remove("topic");
        settings.remove("partitions");
        settings.remove("replication.factor");
        return settings;
    }

    private static PluginSettings plugin(ConfigReader reader, String key, String className) {
        String given = reader.get(ConfigKey.ofString(key).withDefault(className));
        Map<String, String> settings = reader.withPrefix(key + ".");
        if (given.equals(JSON_CONVERTER)) {
            // Schemas in every message are most of its bytes; who wants them says so.
            settings.putIfAbsent("schemas.enable", "false");
        }
        return new PluginSettings(given, settings);
    }

    private static ConfigKey<Long> millis(String name, long defaultMs) {
        return ConfigKey.ofLong(name)
                .where(value -> value >= 0, "0 or more milliseconds")
                .withDefault(Long.toString(defaultMs));
    }
}
