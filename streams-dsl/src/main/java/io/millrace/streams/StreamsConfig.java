package io.millrace.streams;

import io.millrace.base.config.ConfigException;
import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import io.millrace.base.config.NearestName;
import io.millrace.streams.errors.DefaultProductionExceptionHandler;
import io.millrace.streams.errors.DeserializationExceptionHandler;
import io.millrace.streams.errors.LogAndFailExceptionHandler;
import io.millrace.streams.errors.LogAndFailProcessingExceptionHandler;
import io.millrace.streams.errors.ProcessingExceptionHandler;
import io.millrace.streams.errors.ProductionExceptionHandler;
import io.millrace.streams.processor.FailOnInvalidTimestamp;
import io.millrace.streams.processor.TimestampExtractor;
import io.millrace.streams.serialization.Serde;
import java.lang.reflect.Constructor;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Configuration of a stream job, in Kafka Streams' keys. Keys of the clients are passed on, with a
 * prefix ({@code consumer.}, {@code main.consumer.}, {@code restore.consumer.}, {@code producer.},
 * {@code admin.}) or without; {@code topic.} keys configure internal topics; other keys are left to
 * the job's own processors.
 */
public final class StreamsConfig {
    private static final Logger LOGGER = LoggerFactory.getLogger(StreamsConfig.class);

    public static final String APPLICATION_ID_CONFIG = "application.id";
    public static final String BOOTSTRAP_SERVERS_CONFIG = "bootstrap.servers";
    public static final String CLIENT_ID_CONFIG = "client.id";
    public static final String NUM_STREAM_THREADS_CONFIG = "num.stream.threads";
    public static final String PROCESSING_GUARANTEE_CONFIG = "processing.guarantee";
    public static final String COMMIT_INTERVAL_MS_CONFIG = "commit.interval.ms";
    public static final String STATESTORE_CACHE_MAX_BYTES_CONFIG = "statestore.cache.max.bytes";
    public static final String STATE_DIR_CONFIG = "state.dir";
    public static final String REPLICATION_FACTOR_CONFIG = "replication.factor";
    public static final String MAX_TASK_IDLE_MS_CONFIG = "max.task.idle.ms";
    public static final String BUFFERED_RECORDS_PER_PARTITION_CONFIG =
            "buffered.records.per.partition";
    public static final String DEFAULT_KEY_SERDE_CLASS_CONFIG = "default.key.serde";
    public static final String DEFAULT_VALUE_SERDE_CLASS_CONFIG = "default.value.serde";
    public static final String DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG =
            "default.timestamp.extractor";
    public static final String DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG =
            "deserialization.exception.handler";
    public static final String PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG =
            "processing.exception.handler";
    public static final String PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG =
            "production.exception.handler";
    public static final String POLL_MS_CONFIG = "poll.ms";

    /** Memory for rows of all stores of the instance; what is saved on disk leaves it first. */
    public static final String STATE_MEMORY_MAX_BYTES_CONFIG = "state.memory.max.bytes";

    /** Memory of RocksDB: blocks, indexes and filters of all stores of the instance. */
    public static final String ROCKSDB_CACHE_MAX_BYTES_CONFIG = "rocksdb.cache.max.bytes";

    /** How often committed rows are written to disk. */
    public static final String CHECKPOINT_INTERVAL_MS_CONFIG = "checkpoint.interval.ms";

    /** Records count at least once; a crash may count some twice behind a repartition. */
    public static final String AT_LEAST_ONCE = "at_least_once";

    /**
     * Each record counts once in all state of the application; topics outside may see an output
     * again after a crash. See docs/adr/0007.
     */
    public static final String EFFECTIVELY_ONCE = "effectively_once";

    private static final ConfigKey<String> APPLICATION_ID =
            ConfigKey.ofString(APPLICATION_ID_CONFIG)
                    .where(id -> !id.isBlank(), "a name")
                    .withDoc("name of the job: group id and prefix of its internal topics");
    private static final ConfigKey<String> BOOTSTRAP_SERVERS =
            ConfigKey.ofString(BOOTSTRAP_SERVERS_CONFIG).withDefault("");
    private static final ConfigKey<String> CLIENT_ID =
            ConfigKey.ofString(CLIENT_ID_CONFIG).withDefault("");
    private static final ConfigKey<Integer> NUM_STREAM_THREADS =
            count(NUM_STREAM_THREADS_CONFIG, "1");
    private static final ConfigKey<String> PROCESSING_GUARANTEE =
            ConfigKey.ofString(PROCESSING_GUARANTEE_CONFIG)
                    .oneOf(List.of(AT_LEAST_ONCE, EFFECTIVELY_ONCE))
                    .withDefault(EFFECTIVELY_ONCE);
    private static final ConfigKey<Long> COMMIT_INTERVAL_MS =
            ConfigKey.ofLong(COMMIT_INTERVAL_MS_CONFIG)
                    .where(ms -> ms > 0, "1 or more milliseconds")
                    .withDefault("100");
    private static final ConfigKey<Long> CACHE_BYTES =
            bytes(STATESTORE_CACHE_MAX_BYTES_CONFIG, 10L << 20);
    private static final ConfigKey<String> STATE_DIR =
            ConfigKey.ofString(STATE_DIR_CONFIG).withDefault("");
    private static final ConfigKey<Integer> REPLICATION_FACTOR =
            ConfigKey.ofInt(REPLICATION_FACTOR_CONFIG).withDefault("-1");
    private static final ConfigKey<Long> MAX_TASK_IDLE_MS =
            ConfigKey.ofLong(MAX_TASK_IDLE_MS_CONFIG)
                    .where(ms -> ms >= -1, "-1, 0 or more milliseconds")
                    .withDefault("0");
    private static final ConfigKey<Integer> BUFFERED_RECORDS =
            count(BUFFERED_RECORDS_PER_PARTITION_CONFIG, "1000");
    private static final ConfigKey<Integer> POLL_MS = count(POLL_MS_CONFIG, "100");
    private static final ConfigKey<Long> STATE_MEMORY_BYTES =
            bytes(STATE_MEMORY_MAX_BYTES_CONFIG, Runtime.getRuntime().maxMemory() / 3);
    private static final ConfigKey<Long> ROCKSDB_CACHE_BYTES =
            bytes(ROCKSDB_CACHE_MAX_BYTES_CONFIG, 64L << 20);
    private static final ConfigKey<Long> CHECKPOINT_INTERVAL_MS =
            ConfigKey.ofLong(CHECKPOINT_INTERVAL_MS_CONFIG)
                    .where(ms -> ms > 0, "1 or more milliseconds")
                    .withDefault("30000");

    /** Keys of the clients that may come without prefix. */
    private static final Set<String> CLIENT_KEYS =
            Set.of(
                    "request.timeout.ms",
                    "retry.backoff.ms",
                    "retry.backoff.max.ms",
                    "reconnect.backoff.ms",
                    "reconnect.backoff.max.ms",
                    "metadata.max.age.ms",
                    "socket.connection.setup.timeout.ms",
                    "default.api.timeout.ms");

    private static final Set<String> CONSUMER_KEYS =
            Set.of(
                    "session.timeout.ms",
                    "heartbeat.interval.ms",
                    "max.poll.interval.ms",
                    "max.poll.records",
                    "fetch.min.bytes",
                    "fetch.max.bytes",
                    "fetch.max.wait.ms",
                    "max.partition.fetch.bytes",
                    "auto.offset.reset",
                    "group.instance.id",
                    "check.crcs");
    private static final Set<String> PRODUCER_KEYS =
            Set.of(
                    "acks",
                    "linger.ms",
                    "batch.size",
                    "buffer.memory",
                    "compression.type",
                    "delivery.timeout.ms",
                    "max.request.size",
                    "max.block.ms");
    private static final List<String> PREFIXES =
            List.of(
                    "consumer.",
                    "main.consumer.",
                    "restore.consumer.",
                    "producer.",
                    "admin.",
                    "topic.");

    private final Map<String, Object> originals;
    private final Map<String, String> texts = new TreeMap<>();
    private final Settings settings;
    private final Plugins plugins;

    /** Numbers and names. */
    public record Settings(
            String applicationId,
            String bootstrapServers,
            String clientId,
            int streamThreads,
            boolean effectivelyOnce,
            long commitIntervalMs,
            long cacheBytes,
            String stateDir,
            int replicationFactor,
            long maxTaskIdleMs,
            int bufferedRecords,
            int pollMs,
            long stateMemoryBytes,
            long rocksDbCacheBytes,
            long checkpointIntervalMs) {}

    /** Classes named in the configuration, one instance of each. */
    public record Plugins(
            @Nullable Serde<?> keySerde,
            @Nullable Serde<?> valueSerde,
            TimestampExtractor timestampExtractor,
            DeserializationExceptionHandler deserializationHandler,
            ProcessingExceptionHandler processingHandler,
            ProductionExceptionHandler productionHandler) {}

    public StreamsConfig(Properties properties) {
        this(mapOf(properties));
    }

    /**
     * @param values texts, numbers, classes, or ready instances of serdes and handlers
     * @throws ConfigException naming every problem
     */
    public StreamsConfig(Map<String, ?> values) {
        this.originals = Map.copyOf(values);
        originals.forEach((key, value) -> texts.put(key, textOf(value)));
        ConfigReader reader = new ConfigReader("streams configuration", texts);
        this.settings =
                new Settings(
                        reader.get(APPLICATION_ID),
                        reader.get(BOOTSTRAP_SERVERS),
                        reader.get(CLIENT_ID),
                        reader.get(NUM_STREAM_THREADS),
                        reader.get(PROCESSING_GUARANTEE).equals(EFFECTIVELY_ONCE),
                        reader.get(COMMIT_INTERVAL_MS),
                        reader.get(CACHE_BYTES),
                        stateDir(reader.get(STATE_DIR)),
                        reader.get(REPLICATION_FACTOR),
                        reader.get(MAX_TASK_IDLE_MS),
                        reader.get(BUFFERED_RECORDS),
                        reader.get(POLL_MS),
                        reader.get(STATE_MEMORY_BYTES),
                        reader.get(ROCKSDB_CACHE_BYTES),
                        reader.get(CHECKPOINT_INTERVAL_MS));
        this.plugins = readPlugins(reader);
        reader.accept(texts.keySet());
        reader.finish();
        warnOfUnknown();
    }

    private Plugins readPlugins(ConfigReader reader) {
        return new Plugins(
                serde(reader, DEFAULT_KEY_SERDE_CLASS_CONFIG, true),
                serde(reader, DEFAULT_VALUE_SERDE_CLASS_CONFIG, false),
                plugin(
                        reader,
                        DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG,
                        TimestampExtractor.class,
                        new FailOnInvalidTimestamp()),
                plugin(
                        reader,
                        DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG,
                        DeserializationExceptionHandler.class,
                        new LogAndFailExceptionHandler()),
                plugin(
                        reader,
                        PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG,
                        ProcessingExceptionHandler.class,
                        new LogAndFailProcessingExceptionHandler()),
                plugin(
                        reader,
                        PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG,
                        ProductionExceptionHandler.class,
                        new DefaultProductionExceptionHandler()));
    }

    public Settings settings() {
        return settings;
    }

    public Plugins plugins() {
        return plugins;
    }

    /** Everything as it was given. */
    public Map<String, Object> originals() {
        return originals;
    }

    /** Configuration of the group's consumers. */
    public Map<String, String> mainConsumerConfig(String clientId) {
        Map<String, String> config = clientConfig(clientId, CONSUMER_KEYS);
        config.putIfAbsent("auto.offset.reset", "earliest");
        config.putIfAbsent("max.poll.records", "1000");
        // A killed instance's tasks wait for so long; polling threads send heartbeats aside.
        config.putIfAbsent("session.timeout.ms", "10000");
        config.putAll(withPrefix("consumer."));
        config.putAll(withPrefix("main.consumer."));
        config.put("group.id", settings.applicationId());
        // Internal topics are the leader's to create, with their own partition counts.
        config.put("allow.auto.create.topics", "false");
        config.put("enable.auto.commit", "false");
        // A broker that made an internal topic by being asked for it would choose its partitions.
        config.put("allow.auto.create.topics", "false");
        return config;
    }

    /** Configuration of consumers that read changelogs. */
    public Map<String, String> restoreConsumerConfig(String clientId) {
        Map<String, String> config = clientConfig(clientId, CONSUMER_KEYS);
        config.putAll(withPrefix("consumer."));
        config.putAll(withPrefix("restore.consumer."));
        config.remove("group.id");
        config.remove("group.instance.id");
        config.remove("enable.auto.commit");
        config.put("auto.offset.reset", "earliest");
        config.put("allow.auto.create.topics", "false");
        config.putIfAbsent("max.poll.records", "2000");
        // Reads only what is there; never waits at the end for more.
        config.putIfAbsent("fetch.max.wait.ms", "10");
        return config;
    }

    public Map<String, String> producerConfig(String clientId) {
        Map<String, String> config = clientConfig(clientId, PRODUCER_KEYS);
        config.putAll(withPrefix("producer."));
        // Order and single delivery of changelogs and commit records rest on these.
        config.put("acks", "all");
        config.put("enable.idempotence", "true");
        return config;
    }

    public Map<String, String> adminConfig(String clientId) {
        Map<String, String> config = clientConfig(clientId, Set.of());
        config.putAll(withPrefix("admin."));
        return config;
    }

    /** Settings for internal topics. */
    public Map<String, String> topicConfig() {
        return withPrefix("topic.");
    }

    private Map<String, String> clientConfig(String clientId, Set<String> keys) {
        Map<String, String> config = new TreeMap<>();
        texts.forEach(
                (key, value) -> {
                    if (CLIENT_KEYS.contains(key) || keys.contains(key)) {
                        config.put(key, value);
                    }
                });
        config.put(BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        config.put(CLIENT_ID_CONFIG, clientId);
        return config;
    }

    private Map<String, String> withPrefix(String prefix) {
        Map<String, String> found = new TreeMap<>();
        texts.forEach(
                (key, value) -> {
                    if (key.startsWith(prefix)) {
                        found.put(key.substring(prefix.length()), value);
                    }
                });
        return found;
    }

    private void warnOfUnknown() {
        Set<String> known = new java.util.TreeSet<>(CLIENT_KEYS);
        known.addAll(CONSUMER_KEYS);
        known.addAll(PRODUCER_KEYS);
        known.addAll(
                List.of(
                        APPLICATION_ID_CONFIG,
                        BOOTSTRAP_SERVERS_CONFIG,
                        CLIENT_ID_CONFIG,
                        NUM_STREAM_THREADS_CONFIG,
                        PROCESSING_GUARANTEE_CONFIG,
                        COMMIT_INTERVAL_MS_CONFIG,
                        STATESTORE_CACHE_MAX_BYTES_CONFIG,
                        STATE_DIR_CONFIG,
                        REPLICATION_FACTOR_CONFIG,
                        MAX_TASK_IDLE_MS_CONFIG,
                        BUFFERED_RECORDS_PER_PARTITION_CONFIG,
                        DEFAULT_KEY_SERDE_CLASS_CONFIG,
                        DEFAULT_VALUE_SERDE_CLASS_CONFIG,
                        DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG,
                        DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG,
                        PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG,
                        PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG,
                        POLL_MS_CONFIG,
                        STATE_MEMORY_MAX_BYTES_CONFIG,
                        ROCKSDB_CACHE_MAX_BYTES_CONFIG,
                        CHECKPOINT_INTERVAL_MS_CONFIG));
        for (String key : texts.keySet()) {
            if (!known.contains(key) && PREFIXES.stream().noneMatch(key::startsWith)) {
                LOGGER.atWarn()
                        .addKeyValue("key", key)
                        .log(
                                "not a key of stream jobs, left to the job's own processors"
                                        + NearestName.suggestion(key, known));
            }
        }
    }

    private @Nullable Serde<?> serde(ConfigReader reader, String key, boolean isKey) {
        Object given = originals.get(key);
        if (given == null) {
            return null;
        }
        Serde<?> serde = instance(reader, key, given, Serde.class);
        if (serde != null) {
            serde.configure(originals, isKey);
        }
        return serde;
    }

    private <T> T plugin(ConfigReader reader, String key, Class<T> type, T byDefault) {
        Object given = originals.get(key);
        if (given == null) {
            return byDefault;
        }
        T made = instance(reader, key, given, type);
        return made == null ? byDefault : made;
    }

    private static <T> @Nullable T instance(
            ConfigReader reader, String key, Object given, Class<T> type) {
        if (type.isInstance(given)) {
            return type.cast(given);
        }
        try {
            Class<?> named =
                    given instanceof Class<?> known ? known : Class.forName(given.toString());
            Constructor<?> constructor = named.getDeclaredConstructor();
            return type.cast(constructor.newInstance());
        } catch (ReflectiveOperationException | ClassCastException e) {
            reader.problem(
                    key
                            + "="
                            + textOf(given)
                            + " is not a "
                            + type.getSimpleName()
                            + " with a public constructor without parameters");
            return null;
        }
    }

    private static String textOf(Object value) {
        return value instanceof Class<?> type ? type.getName() : value.toString();
    }

    private static Map<String, Object> mapOf(Properties properties) {
        Map<String, Object> map = new TreeMap<>();
        properties
                .stringPropertyNames()
                .forEach(name -> map.put(name, properties.getProperty(name)));
        properties.forEach((key, value) -> map.put(key.toString(), value));
        return map;
    }

    private static String stateDir(String given) {
        return given.isEmpty()
                ? java.nio.file.Path.of(System.getProperty("java.io.tmpdir"), "millrace-streams")
                        .toString()
                : given;
    }

    private static ConfigKey<Integer> count(String name, String byDefault) {
        return ConfigKey.ofInt(name).where(value -> value > 0, "1 or more").withDefault(byDefault);
    }

    private static ConfigKey<Long> bytes(String name, long byDefault) {
        return ConfigKey.ofLong(name)
                .where(value -> value >= 0, "0 or more bytes")
                .withDefault(Long.toString(byDefault));
    }
}
