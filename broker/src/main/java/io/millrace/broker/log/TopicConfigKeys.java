package io.millrace.broker.log;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import io.millrace.protocol.compress.Codec;
import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.record.TimestampType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every configuration key of a topic: type, default, sentence for operators, and the broker key
 * that gives its default. One table for reading, checking and describing.
 */
public final class TopicConfigKeys {
    private static final Map<String, TopicConfigKey> TABLE = new LinkedHashMap<>();

    static final int DEFAULT_INDEX_INTERVAL_BYTES = 4096;
    private static final long FOREVER = Long.MAX_VALUE;

    /** Kafka's default level means the fast compressor, not the thorough one at this level. */
    private static final int LZ4_FAST = 9;

    static final ConfigKey<CleanupPolicy> CLEANUP_POLICY =
            add(
                    ConfigKey.ofList("cleanup.policy").map(CleanupPolicy::of).withDefault("delete"),
                    "log.cleanup.policy",
                    "How old records go away: delete (by time and size), compact (by key) or"
                            + " both.");
    static final ConfigKey<String> COMPRESSION_TYPE =
            add(
                    ConfigKey.ofString("compression.type")
                            .oneOf(
                                    List.of(
                                            "producer",
                                            "uncompressed",
                                            "gzip",
                                            "snappy",
                                            "lz4",
                                            "zstd"))
                            .withDefault("producer"),
                    "compression.type",
                    "Codec of stored batches; with producer they are stored as they were sent.");
    static final ConfigKey<Integer> COMPRESSION_GZIP_LEVEL =
            add(
                    ConfigKey.ofInt("compression.gzip.level")
                            .where(n -> n == -1 || n >= 1 && n <= 9, "-1 or between 1 and 9")
                            .withDefault("-1"),
                    "compression.gzip.level",
                    "gzip level.");
    static final ConfigKey<Integer> COMPRESSION_LZ4_LEVEL =
            add(
                    ConfigKey.ofInt("compression.lz4.level")
                            .where(n -> n >= 1 && n <= 17, "between 1 and 17")
                            .withDefault("9"),
                    "compression.lz4.level",
                    "lz4 level.");
    static final ConfigKey<Integer> COMPRESSION_ZSTD_LEVEL =
            add(
                    ConfigKey.ofInt("compression.zstd.level")
                            .where(n -> n >= -131_072 && n <= 22, "between -131072 and 22")
                            .withDefault("3"),
                    "compression.zstd.level",
                    "zstd level.");
    static final ConfigKey<Long> DELETE_RETENTION_MS =
            add(
                    longKey("delete.retention.ms", 86_400_000, 0),
                    "log.cleaner.delete.retention.ms",
                    "How long compaction keeps a record without value.");
    static final ConfigKey<Long> FILE_DELETE_DELAY_MS =
            add(
                    longKey("file.delete.delay.ms", 60_000, 0),
                    "log.segment.delete.delay.ms",
                    "How long a removed segment's file stays for reads in flight.");
    static final ConfigKey<Long> FLUSH_MESSAGES =
            add(
                    longKey("flush.messages", FOREVER, 1),
                    "log.flush.interval.messages",
                    "Force the log to the device after this many records.");
    static final ConfigKey<Long> FLUSH_MS =
            add(
                    longKey("flush.ms", FOREVER, 0),
                    "log.flush.interval.ms",
                    "Force the log to the device after this time.");
    static final ConfigKey<Boolean> FLUSH_ON_ACK =
            add(
                    ConfigKey.ofBoolean("flush.on.ack").withDefault("false"),
                    "log.flush.on.ack",
                    "Acknowledge acks=all only when the records are on the device of every in-sync"
                            + " replica; survives a power loss of all of them.");
    static final ConfigKey<Integer> INDEX_INTERVAL_BYTES =
            add(
                    intKey("index.interval.bytes", DEFAULT_INDEX_INTERVAL_BYTES, 0),
                    "log.index.interval.bytes",
                    "Bytes of log between two index entries.");
    static final ConfigKey<Integer> MAX_MESSAGE_BYTES =
            add(
                    intKey("max.message.bytes", 1_048_588, 0),
                    "message.max.bytes",
                    "Largest record batch the topic takes.");
    static final ConfigKey<Long> MAX_COMPACTION_LAG_MS =
            add(
                    longKey("max.compaction.lag.ms", FOREVER, 1),
                    "log.cleaner.max.compaction.lag.ms",
                    "A record is compacted after this time at the latest.");
    static final ConfigKey<Long> TIMESTAMP_AFTER_MAX_MS =
            add(
                    longKey("message.timestamp.after.max.ms", 3_600_000, 0),
                    "log.message.timestamp.after.max.ms",
                    "How far a record's timestamp may lie in the future.");
    static final ConfigKey<Long> TIMESTAMP_BEFORE_MAX_MS =
            add(
                    longKey("message.timestamp.before.max.ms", FOREVER, 0),
                    "log.message.timestamp.before.max.ms",
                    "How far a record's timestamp may lie in the past.");
    static final ConfigKey<TimestampType> TIMESTAMP_TYPE =
            add(
                    ConfigKey.ofString("message.timestamp.type")
                            .oneOf(List.of("CreateTime", "LogAppendTime"))
                            .map(TimestampType::byName)
                            .withDefault("CreateTime"),
                    "log.message.timestamp.type",
                    "CreateTime: the producer's; LogAppendTime: the broker's at appending.");
    static final ConfigKey<Double> MIN_CLEANABLE_RATIO =
            add(
                    ConfigKey.ofDouble("min.cleanable.dirty.ratio")
                            .where(r -> r >= 0 && r <= 1, "between 0 and 1")
                            .withDefault("0.5"),
                    "log.cleaner.min.cleanable.ratio",
                    "Share of the log that must be new before it is compacted.");
    static final ConfigKey<Long> MIN_COMPACTION_LAG_MS =
            add(
                    longKey("min.compaction.lag.ms", 0, 0),
                    "log.cleaner.min.compaction.lag.ms",
                    "How long a record stays uncompacted.");
    static final ConfigKey<Integer> MIN_INSYNC_REPLICAS =
            add(
                    intKey("min.insync.replicas", 1, 1),
                    "min.insync.replicas",
                    "In-sync replicas that acks=all needs.");
    static final ConfigKey<Boolean> PREALLOCATE =
            add(
                    ConfigKey.ofBoolean("preallocate").withDefault("false"),
                    "log.preallocate",
                    "Accepted for compatibility; files grow as they are written.");
    static final ConfigKey<Long> RETENTION_BYTES =
            add(
                    longKey("retention.bytes", -1, -1),
                    "log.retention.bytes",
                    "Size at which the oldest segments go; -1 for no bound.");
    static final ConfigKey<Long> RETENTION_MS =
            add(
                    longKey("retention.ms", 604_800_000, -1),
                    "log.retention.ms",
                    "Age at which segments go; -1 for no bound.");
    static final ConfigKey<Integer> SEGMENT_BYTES =
            add(
                    intKey("segment.bytes", 1_073_741_824, 1024),
                    "log.segment.bytes",
                    "Size at which a new segment begins.");
    static final ConfigKey<Integer> SEGMENT_INDEX_BYTES =
            add(
                    intKey("segment.index.bytes", 10_485_760, 12),
                    "log.index.size.max.bytes",
                    "Size of an index at which a new segment begins.");
    static final ConfigKey<Long> SEGMENT_JITTER_MS =
            add(
                    longKey("segment.jitter.ms", 0, 0),
                    "log.roll.jitter.ms",
                    "Up to this much earlier than segment.ms, so that not all roll at once.");
    static final ConfigKey<Long> SEGMENT_MS =
            add(
                    longKey("segment.ms", 604_800_000, 1),
                    "log.roll.ms",
                    "Age at which a new segment begins.");
    static final ConfigKey<Boolean> UNCLEAN_ELECTION =
            add(
                    ConfigKey.ofBoolean("unclean.leader.election.enable").withDefault("false"),
                    "unclean.leader.election.enable",
                    "Whether a replica outside the in-sync ones may lead, losing records.");
    static final ConfigKey<List<String>> LEADER_THROTTLED =
            add(
                    throttledReplicas("leader.replication.throttled.replicas"),
                    "",
                    "Replicas whose reads for replication are throttled.");
    static final ConfigKey<List<String>> FOLLOWER_THROTTLED =
            add(
                    throttledReplicas("follower.replication.throttled.replicas"),
                    "",
                    "Replicas whose fetches for replication are throttled.");
    static final ConfigKey<Boolean> REMOTE_STORAGE =
            add(
                    ConfigKey.ofBoolean("remote.storage.enable")
                            .where(on -> !on, "false; there is no tiered storage here")
                            .withDefault("false"),
                    "",
                    "Accepted for compatibility; there is no tiered storage.");
    static final ConfigKey<Boolean> REMOTE_COPY_DISABLE =
            add(
                    ConfigKey.ofBoolean("remote.log.copy.disable").withDefault("false"),
                    "",
                    "Accepted for compatibility; there is no tiered storage.");
    static final ConfigKey<Boolean> REMOTE_DELETE_ON_DISABLE =
            add(
                    ConfigKey.ofBoolean("remote.log.delete.on.disable").withDefault("false"),
                    "",
                    "Accepted for compatibility; there is no tiered storage.");
    static final ConfigKey<Long> LOCAL_RETENTION_BYTES =
            add(
                    longKey("local.retention.bytes", -2, -2),
                    "log.local.retention.bytes",
                    "Accepted for compatibility; there is no tiered storage.");
    static final ConfigKey<Long> LOCAL_RETENTION_MS =
            add(
                    longKey("local.retention.ms", -2, -2),
                    "log.local.retention.ms",
                    "Accepted for compatibility; there is no tiered storage.");

    /** Keys of a broker that give a topic's key its default in another unit. */
    private static final List<ConfigKey<?>> OTHER_UNITS =
            List.of(
                    ConfigKey.ofInt("log.retention.hours")
                            .withDefault("168")
                            .withDoc("Age at which segments go, unless a finer key says it."),
                    ConfigKey.ofInt("log.retention.minutes")
                            .withDoc("Age at which segments go, unless log.retention.ms says it."),
                    ConfigKey.ofInt("log.roll.hours")
                            .where(n -> n >= 1, "at least 1")
                            .withDefault("168")
                            .withDoc(
                                    "Age at which a new segment begins, unless log.roll.ms says"
                                            + " it."),
                    ConfigKey.ofInt("log.roll.jitter.hours")
                            .where(n -> n >= 0, "at least 0")
                            .withDefault("0")
                            .withDoc(
                                    "Jitter of log.roll.hours, unless log.roll.jitter.ms says it."),
                    ConfigKey.ofLong("log.flush.scheduler.interval.ms")
                            .withDefault(Long.toString(FOREVER))
                            .withDoc(
                                    "Force logs to the device after this time, unless"
                                            + " log.flush.interval.ms says it."));

    /** Keys of a broker without a default of their own: the one in another unit stands in. */
    private static final List<String> WITHOUT_DEFAULT =
            List.of(
                    "log.flush.interval.ms",
                    "log.retention.ms",
                    "log.roll.jitter.ms",
                    "log.roll.ms");

    private TopicConfigKeys() {}

    /** The codec of stored batches with its level; empty for the one producers chose. */
    static Optional<Compression> compression(ConfigReader reader) {
        String name = reader.get(COMPRESSION_TYPE);
        int gzip = reader.get(COMPRESSION_GZIP_LEVEL);
        int lz4 = reader.get(COMPRESSION_LZ4_LEVEL);
        int zstd = reader.get(COMPRESSION_ZSTD_LEVEL);
        return switch (name) {
            case "uncompressed" -> Optional.of(Compression.NONE);
            case "gzip" -> Optional.of(new Compression(CompressionType.GZIP, gzip));
            case "snappy" -> Optional.of(Compression.of(CompressionType.SNAPPY));
            case "lz4" ->
                    Optional.of(
                            new Compression(
                                    CompressionType.LZ4,
                                    lz4 == LZ4_FAST ? Codec.DEFAULT_LEVEL : lz4));
            case "zstd" -> Optional.of(new Compression(CompressionType.ZSTD, zstd));
            default -> Optional.empty();
        };
    }

    /**
     * One key of the table.
     *
     * @param brokerKey key of the broker's configuration that gives the default; empty for none
     */
    public record TopicConfigKey(ConfigKey<?> key, Optional<String> brokerKey) {
        public String name() {
            return key.name();
        }
    }

    /** All keys, in order of declaration. */
    public static List<TopicConfigKey> all() {
        return List.copyOf(TABLE.values());
    }

    public static Optional<TopicConfigKey> find(String name) {
        return Optional.ofNullable(TABLE.get(name));
    }

    /**
     * Topic defaults that a broker's own configuration gives, by topic key. Understands the coarser
     * units too, for example {@code log.retention.hours}.
     */
    public static Map<String, String> defaultsFromBroker(Map<String, String> broker) {
        Map<String, String> defaults = new LinkedHashMap<>();
        scaled(broker, "log.retention.hours", 3_600_000, "retention.ms", defaults);
        scaled(broker, "log.retention.minutes", 60_000, "retention.ms", defaults);
        scaled(broker, "log.roll.hours", 3_600_000, "segment.ms", defaults);
        scaled(broker, "log.roll.jitter.hours", 3_600_000, "segment.jitter.ms", defaults);
        scaled(broker, "log.flush.scheduler.interval.ms", 1, "flush.ms", defaults);
        for (TopicConfigKey key : TABLE.values()) {
            key.brokerKey().map(broker::get).ifPresent(value -> defaults.put(key.name(), value));
        }
        return defaults;
    }

    /** Broker keys that {@link #defaultsFromBroker} reads. */
    public static List<ConfigKey<?>> ofBroker() {
        List<ConfigKey<?>> keys = new ArrayList<>(OTHER_UNITS);
        for (TopicConfigKey known : TABLE.values()) {
            known.brokerKey().ifPresent(name -> keys.add(renamed(known.key(), name)));
        }
        return keys;
    }

    private static <T> ConfigKey<T> renamed(ConfigKey<T> key, String name) {
        return new ConfigKey<>(
                name,
                key.type(),
                key.parser(),
                WITHOUT_DEFAULT.contains(name) ? Optional.empty() : key.defaultText(),
                key.doc());
    }

    /** Their names. */
    public static List<String> brokerKeys() {
        return ofBroker().stream().<String>map(ConfigKey::name).toList();
    }

    private static void scaled(
            Map<String, String> broker,
            String name,
            long factor,
            String topicKey,
            Map<String, String> out) {
        String value = broker.get(name);
        if (value == null) {
            return;
        }
        try {
            long amount = Long.parseLong(value.trim());
            out.put(topicKey, Long.toString(amount < 0 ? amount : amount * factor));
        } catch (NumberFormatException e) {
            out.put(topicKey, value); // Reading the topic key reports it.
        }
    }

    private static ConfigKey<List<String>> throttledReplicas(String name) {
        return ConfigKey.ofList(name)
                .where(
                        replicas ->
                                replicas.equals(List.of("*"))
                                        || replicas.stream().allMatch(r -> r.matches("\\d+:\\d+")),
                        "* or a list of partition:broker")
                .withDefault("");
    }

    private static ConfigKey<Integer> intKey(String name, int byDefault, int least) {
        return ConfigKey.ofInt(name)
                .where(value -> value >= least, "at least " + least)
                .withDefault(Integer.toString(byDefault));
    }

    private static ConfigKey<Long> longKey(String name, long byDefault, long least) {
        return ConfigKey.ofLong(name)
                .where(value -> value >= least, "at least " + least)
                .withDefault(Long.toString(byDefault));
    }

    private static <T> ConfigKey<T> add(ConfigKey<T> key, String brokerKey, String doc) {
        ConfigKey<T> documented = key.withDoc(doc);
        Optional<String> synonym = brokerKey.isEmpty() ? Optional.empty() : Optional.of(brokerKey);
        TABLE.put(key.name(), new TopicConfigKey(documented, synonym));
        return documented;
    }
}
