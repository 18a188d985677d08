package io.millrace.broker.config;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigType;
import io.millrace.broker.log.TopicConfigKeys;
import io.millrace.broker.log.TopicConfigKeys.TopicConfigKey;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The keys of every kind of resource in one place: whether a new value is allowed, and where the
 * value that holds comes from. Knows the configuration file of this broker; what the cluster has
 * agreed on comes with each call. Immutable.
 */
public final class ConfigCatalog {
    private final BrokerKeys brokers;

    private ConfigCatalog(BrokerKeys brokers) {
        this.brokers = brokers;
    }

    /**
     * The catalog of this broker.
     *
     * @param brokerKeys keys of a broker beside those that give topics their defaults
     * @param brokerFile the broker's own configuration as given
     */
    public static ConfigCatalog of(List<ConfigKey<?>> brokerKeys, Map<String, String> brokerFile) {
        return new ConfigCatalog(new BrokerKeys(brokerKeys, brokerFile));
    }

    /** Keys of brokers. */
    public BrokerKeys brokers() {
        return brokers;
    }

    /** Why the value is not allowed for the resource; empty if it is. */
    public Optional<ConfigProblem> problem(
            MetadataImage image, ConfigResource resource, String key, String value) {
        return switch (resource.kind()) {
            case TOPIC -> topicProblem(resource, key, value);
            case BROKER -> brokers.problem(resource, key, value);
            case GROUP -> GroupKeys.problem(resource, key, value, name -> brokerValue(image, name));
            case CLIENT_METRICS -> ClientMetricsKeys.problem(resource, key, value);
        };
    }

    private static Optional<ConfigProblem> topicProblem(
            ConfigResource topic, String key, String value) {
        Optional<TopicConfigKey> known = TopicConfigKeys.find(key);
        if (known.isEmpty()) {
            return Optional.of(
                    ConfigProblem.unknown(
                            ErrorCode.INVALID_CONFIG,
                            topic,
                            key,
                            TopicConfigKeys.all().stream().map(TopicConfigKey::name).toList()));
        }
        return ConfigProblem.ofValue(ErrorCode.INVALID_CONFIG, topic, known.get().key(), value);
    }

    /** Why the entries of the resource do not go together; empty if they do. */
    public Optional<ConfigProblem> problemTogether(
            MetadataImage image, ConfigResource resource, Map<String, String> entries) {
        return switch (resource.kind()) {
            case TOPIC ->
                    notAbove(
                            resource,
                            "min.compaction.lag.ms",
                            topicValue(image, entries, "min.compaction.lag.ms"),
                            "max.compaction.lag.ms",
                            topicValue(image, entries, "max.compaction.lag.ms"));
            case GROUP -> {
                for (String kind : List.of("consumer", "share", "streams")) {
                    String beat = kind + ".heartbeat.interval.ms";
                    String session = kind + ".session.timeout.ms";
                    Optional<ConfigProblem> problem =
                            notAbove(
                                    resource,
                                    beat,
                                    groupValue(image, entries, beat),
                                    session,
                                    groupValue(image, entries, session));
                    if (problem.isPresent()) {
                        yield problem;
                    }
                }
                yield Optional.empty();
            }
            case BROKER, CLIENT_METRICS -> Optional.empty();
        };
    }

    private static Optional<ConfigProblem> notAbove(
            ConfigResource resource,
            String key,
            @Nullable String value,
            String limitKey,
            @Nullable String limit) {
        if (value == null
                || limit == null
                || Long.parseLong(value.trim()) <= Long.parseLong(limit.trim())) {
            return Optional.empty();
        }
        return Optional.of(
                new ConfigProblem(
                        ErrorCode.INVALID_CONFIG,
                        resource
                                + ": "
                                + key
                                + "="
                                + value
                                + " is above "
                                + limitKey
                                + "="
                                + limit));
    }

    /** Whether values can be appended to the key's value and subtracted from it. */
    public boolean isList(ConfigResource.Kind kind, String key) {
        ConfigKey<?> known =
                switch (kind) {
                    case TOPIC -> TopicConfigKeys.find(key).map(TopicConfigKey::key).orElse(null);
                    case BROKER -> brokers.find(key);
                    // As in Kafka: their lists are replaced as a whole.
                    case GROUP, CLIENT_METRICS -> null;
                };
        return known != null && known.type() == ConfigType.LIST;
    }

    /** The value that holds for the resource's key; null if nothing gives it one. */
    public @Nullable String value(MetadataImage image, ConfigResource resource, String key) {
        Map<String, String> entries = image.config(resource);
        return switch (resource.kind()) {
            case TOPIC -> topicValue(image, entries, key);
            case BROKER -> entries.containsKey(key) ? entries.get(key) : brokerValue(image, key);
            case GROUP -> groupValue(image, entries, key);
            case CLIENT_METRICS -> entries.get(key);
        };
    }

    private @Nullable String topicValue(
            MetadataImage image, Map<String, String> entries, String key) {
        String own = entries.get(key);
        Optional<TopicConfigKey> known = TopicConfigKeys.find(key);
        if (own != null || known.isEmpty()) {
            return own;
        }
        String byBroker =
                TopicConfigKeys.defaultsFromBroker(brokers.effective(image, NO_BROKER)).get(key);
        return byBroker != null ? byBroker : known.get().key().defaultText().orElse(null);
    }

    private static final int NO_BROKER = -1;

    private @Nullable String groupValue(
            MetadataImage image, Map<String, String> entries, String key) {
        String own = entries.get(key);
        GroupKeys.GroupKey known = GroupKeys.find(key);
        if (own != null || known == null) {
            return own;
        }
        String byBroker = brokerValue(image, known.brokerKey());
        return byBroker != null ? byBroker : known.key().defaultText().orElse(null);
    }

    /** What holds on every broker with a file like ours. */
    private @Nullable String brokerValue(MetadataImage image, String key) {
        List<ConfigOrigin> origins = brokers.origins(image, Optional.empty(), key);
        return origins.isEmpty() ? null : origins.get(0).value();
    }

    /**
     * Every key of the resource, with its values.
     *
     * @param brokerId the broker that describes it; its own configuration counts
     */
    public List<DescribedConfig> describe(
            MetadataImage image, int brokerId, ConfigResource resource) {
        Map<String, String> entries = image.config(resource);
        return switch (resource.kind()) {
            case TOPIC -> describeTopic(image, brokerId, entries);
            case BROKER ->
                    resource.name().isEmpty()
                            ? brokers.describeDefaults(image)
                            : brokers.describe(image, brokerId);
            case GROUP -> describeGroup(image, brokerId, entries);
            case CLIENT_METRICS ->
                    ClientMetricsKeys.TABLE.values().stream()
                            .map(
                                    key ->
                                            described(
                                                    key,
                                                    ConfigSource.CLIENT_METRICS,
                                                    entries,
                                                    List.of(),
                                                    null))
                            .toList();
        };
    }

    /** Every key of a topic with these entries of its own, which need not exist. */
    public List<DescribedConfig> describeTopic(
            MetadataImage image, int brokerId, Map<String, String> entries) {
        Map<String, String> defaults =
                TopicConfigKeys.defaultsFromBroker(brokers.effective(image, brokerId));
        List<DescribedConfig> described = new ArrayList<>();
        for (TopicConfigKey known : TopicConfigKeys.all()) {
            List<ConfigOrigin> origins =
                    known.brokerKey()
                            .map(key -> brokers.origins(image, Optional.of(brokerId), key))
                            .orElse(List.of());
            described.add(
                    described(
                            known.key(),
                            ConfigSource.DYNAMIC_TOPIC,
                            entries,
                            origins,
                            defaults.get(known.name())));
        }
        return described;
    }

    private List<DescribedConfig> describeGroup(
            MetadataImage image, int brokerId, Map<String, String> entries) {
        List<DescribedConfig> described = new ArrayList<>();
        for (GroupKeys.GroupKey known : GroupKeys.all()) {
            List<ConfigOrigin> origins =
                    brokers.origins(image, Optional.of(brokerId), known.brokerKey());
            if (origins.isEmpty()) {
                origins =
                        known.key()
                                .defaultText()
                                .map(
                                        v ->
                                                new ConfigOrigin(
                                                        ConfigSource.DEFAULT, known.brokerKey(), v))
                                .map(List::of)
                                .orElse(List.of());
            }
            String byBroker = origins.isEmpty() ? null : origins.get(0).value();
            described.add(described(known.key(), ConfigSource.GROUP, entries, origins, byBroker));
        }
        return described;
    }

    private static DescribedConfig described(
            ConfigKey<?> key,
            ConfigSource own,
            Map<String, String> entries,
            List<ConfigOrigin> byBroker,
            @Nullable String brokerValue) {
        List<ConfigOrigin> origins = new ArrayList<>();
        String set = entries.get(key.name());
        if (set != null) {
            origins.add(new ConfigOrigin(own, key.name(), key.type().normalize(set)));
        }
        origins.addAll(byBroker);
        String value =
                set != null
                        ? set
                        : brokerValue != null ? brokerValue : key.defaultText().orElse(null);
        return new DescribedConfig(
                key, value == null ? null : key.type().normalize(value), origins, false);
    }
}
