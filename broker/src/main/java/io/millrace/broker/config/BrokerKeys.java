package io.millrace.broker.config;

import io.millrace.base.config.ConfigKey;
import io.millrace.broker.log.TopicConfigKeys;
import io.millrace.broker.replication.fetcher.FetcherConfig;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keys of a broker: what its file says, what the cluster says on top of it, for this broker or for
 * all, and what may change while it runs. Immutable.
 */
public final class BrokerKeys {
    /** Beside the keys that give topics their defaults: read anew whenever the cluster says so. */
    private static final Set<String> LIVE =
            Set.of(
                    "log.cleaner.backoff.ms",
                    "log.cleaner.dedupe.buffer.size",
                    "log.cleaner.io.buffer.load.factor",
                    "log.cleaner.io.buffer.size",
                    "log.cleaner.io.max.bytes.per.second",
                    "max.connections",
                    "max.connections.per.ip",
                    "max.connections.per.ip.overrides",
                    "num.replica.fetchers",
                    "producer.id.expiration.ms");

    /** Set by tools while they move replicas; kept, but not described, as in Kafka. */
    private static final List<ConfigKey<?>> THROTTLES =
            List.of(
                    FetcherConfig.LEADER_RATE,
                    FetcherConfig.FOLLOWER_RATE,
                    ConfigKey.ofLong("replica.alter.log.dirs.io.max.bytes.per.second"));

    /** Those of them that the broker reads. */
    private static final Set<String> RATES =
            Set.of(FetcherConfig.LEADER_RATE.name(), FetcherConfig.FOLLOWER_RATE.name());

    /** Keys that say the same in other units, the one that counts most first. */
    private static final List<List<String>> UNITS =
            List.of(
                    List.of("log.retention.ms", "log.retention.minutes", "log.retention.hours"),
                    List.of("log.roll.ms", "log.roll.hours"),
                    List.of("log.roll.jitter.ms", "log.roll.jitter.hours"),
                    List.of("log.flush.interval.ms", "log.flush.scheduler.interval.ms"));

    private final Map<String, ConfigKey<?>> keys = new LinkedHashMap<>();
    private final Map<String, ConfigKey<?>> throttles = new LinkedHashMap<>();
    private final Set<String> changeable = new LinkedHashSet<>();
    private final Map<String, String> file;

    /**
     * @param own keys beside those that give topics their defaults
     * @param file the broker's own configuration as given, by key
     */
    BrokerKeys(List<ConfigKey<?>> own, Map<String, String> file) {
        own.forEach(key -> keys.put(key.name(), key));
        TopicConfigKeys.ofBroker().forEach(key -> keys.put(key.name(), key));
        THROTTLES.forEach(key -> throttles.put(key.name(), key));
        changeable.addAll(LIVE);
        TopicConfigKeys.all().forEach(known -> known.brokerKey().ifPresent(changeable::add));
        this.file = Map.copyOf(file);
    }

    @Nullable ConfigKey<?> find(String key) {
        ConfigKey<?> known = keys.get(key);
        return known == null ? throttles.get(key) : known;
    }

    Optional<ConfigProblem> problem(ConfigResource broker, String key, String value) {
        ConfigKey<?> known = find(key);
        if (known == null) {
            return Optional.of(
                    ConfigProblem.unknown(
                            ErrorCode.INVALID_CONFIG, broker, key, List.copyOf(keys.keySet())));
        }
        if (!throttles.containsKey(key) && !changeable.contains(key)) {
            return Optional.of(
                    new ConfigProblem(
                            ErrorCode.INVALID_REQUEST,
                            broker
                                    + ": "
                                    + key
                                    + " cannot be changed while the broker runs; change its"
                                    + " configuration file and restart it"));
        }
        return ConfigProblem.ofValue(ErrorCode.INVALID_REQUEST, broker, known, value);
    }

    /** Every key with its values on one broker. */
    List<DescribedConfig> describe(MetadataImage image, int brokerId) {
        Map<String, String> effective = effective(image, brokerId);
        List<DescribedConfig> described = new ArrayList<>(keys.size());
        for (ConfigKey<?> key : keys.values()) {
            String value = effective.getOrDefault(key.name(), key.defaultText().orElse(null));
            described.add(
                    new DescribedConfig(
                            key,
                            value == null ? null : key.type().normalize(value),
                            origins(image, Optional.of(brokerId), key.name()),
                            !changeable.contains(key.name())));
        }
        return described;
    }

    /** What the cluster says for all brokers. */
    List<DescribedConfig> describeDefaults(MetadataImage image) {
        List<DescribedConfig> described = new ArrayList<>();
        image.config(ConfigResource.brokerDefaults())
                .forEach(
                        (name, value) -> {
                            ConfigKey<?> key = keys.get(name);
                            if (key != null) {
                                described.add(
                                        new DescribedConfig(
                                                key,
                                                key.type().normalize(value),
                                                List.of(
                                                        new ConfigOrigin(
                                                                ConfigSource.DYNAMIC_DEFAULT_BROKER,
                                                                name,
                                                                value)),
                                                !changeable.contains(name)));
                            }
                        });
        return described;
    }

    /** The file of the broker with what the cluster says on top of it. */
    Map<String, String> effective(MetadataImage image, int brokerId) {
        return overlaid(dynamic(image, brokerId));
    }

    /** What the cluster says for a broker: its own entries over those for all. */
    public static Map<String, String> dynamic(MetadataImage image, int brokerId) {
        Map<String, String> entries =
                new LinkedHashMap<>(image.config(ConfigResource.brokerDefaults()));
        entries.putAll(image.config(ConfigResource.broker(brokerId)));
        return entries;
    }

    /** The file of this broker with those of the entries on top that may change while it runs. */
    public Map<String, String> overlaid(Map<String, String> entries) {
        Map<String, String> overlaid = new LinkedHashMap<>(file);
        entries.forEach(
                (key, value) -> {
                    if (RATES.contains(key)
                            || (changeable.contains(key) && keys.containsKey(key))) {
                        overlaid.put(key, value);
                    }
                });
        return overlaid;
    }

    /**
     * The places that give the key a value. Kafka's rule: by source, then by unit; what comes
     * before the first place that names the key itself does not count.
     *
     * @param brokerId empty for what holds on every broker with a file like ours
     */
    List<ConfigOrigin> origins(MetadataImage image, Optional<Integer> brokerId, String key) {
        List<String> names =
                UNITS.stream()
                        .filter(units -> units.contains(key))
                        .findFirst()
                        .orElse(List.of(key));
        List<ConfigOrigin> origins = new ArrayList<>();
        brokerId.ifPresent(
                id ->
                        add(
                                origins,
                                ConfigSource.DYNAMIC_BROKER,
                                names,
                                image.config(ConfigResource.broker(id))));
        add(
                origins,
                ConfigSource.DYNAMIC_DEFAULT_BROKER,
                names,
                image.config(ConfigResource.brokerDefaults()));
        add(origins, ConfigSource.STATIC_BROKER, names, file);
        for (String name : names) {
            ConfigKey<?> known = keys.get(name);
            if (known != null) {
                known.defaultText()
                        .ifPresent(
                                value ->
                                        origins.add(
                                                new ConfigOrigin(
                                                        ConfigSource.DEFAULT, name, value)));
            }
        }
        while (!origins.isEmpty() && !origins.get(0).key().equals(key)) {
            origins.remove(0);
        }
        return origins;
    }

    private static void add(
            List<ConfigOrigin> origins,
            ConfigSource source,
            List<String> names,
            Map<String, String> entries) {
        for (String name : names) {
            String value = entries.get(name);
            if (value != null) {
                origins.add(new ConfigOrigin(source, name, value));
            }
        }
    }
}
