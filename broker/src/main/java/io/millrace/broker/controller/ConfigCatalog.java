package io.millrace.broker.controller;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigType;
import io.millrace.base.config.NearestName;
import io.millrace.broker.log.TopicConfigKeys;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigResource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every configuration key this broker knows, of topics and of brokers, with the values of its own
 * configuration file. Says whether a new value is allowed and where an effective value comes from.
 * Immutable.
 */
public final class ConfigCatalog {
    private final Map<String, TopicKey> topicKeys = new LinkedHashMap<>();
    private final Map<String, ConfigKey<?>> brokerKeys = new LinkedHashMap<>();
    private final Map<String, String> brokerFile;
    private final Map<String, String> topicDefaults;

    /**
     * @param topicKeys keys of a topic
     * @param brokerKeys keys of a broker
     * @param brokerFile the broker's own configuration as given, by broker key
     * @param topicDefaults what that means for topics, by topic key
     */
    public ConfigCatalog(
            List<TopicKey> topicKeys,
            List<ConfigKey<?>> brokerKeys,
            Map<String, String> brokerFile,
            Map<String, String> topicDefaults) {
        topicKeys.forEach(key -> this.topicKeys.put(key.key().name(), key));
        brokerKeys.forEach(key -> this.brokerKeys.put(key.name(), key));
        this.brokerFile = Map.copyOf(brokerFile);
        this.topicDefaults = Map.copyOf(topicDefaults);
    }

    /**
     * The catalog of this broker.
     *
     * @param brokerKeys keys of a broker beside those that give topics their defaults
     * @param brokerFile the broker's own configuration as given
     */
    public static ConfigCatalog of(List<ConfigKey<?>> brokerKeys, Map<String, String> brokerFile) {
        List<TopicKey> topicKeys = new ArrayList<>();
        List<ConfigKey<?>> allBrokerKeys = new ArrayList<>(brokerKeys);
        for (TopicConfigKeys.TopicConfigKey known : TopicConfigKeys.all()) {
            topicKeys.add(new TopicKey(known.key(), known.brokerKey()));
            known.brokerKey().ifPresent(name -> allBrokerKeys.add(renamed(known.key(), name)));
        }
        return new ConfigCatalog(
                topicKeys,
                allBrokerKeys,
                brokerFile,
                TopicConfigKeys.defaultsFromBroker(brokerFile));
    }

    private static <T> ConfigKey<T> renamed(ConfigKey<T> key, String name) {
        return new ConfigKey<>(name, key.type(), key.parser(), key.defaultText(), key.doc());
    }

    /**
     * A key of topics.
     *
     * @param brokerKey key of the broker that gives the default, if any
     */
    public record TopicKey(ConfigKey<?> key, Optional<String> brokerKey) {}

    /** Where a value comes from; ids are Kafka's. */
    public enum Source {
        DYNAMIC_TOPIC(1),
        DYNAMIC_BROKER(2),
        DYNAMIC_DEFAULT_BROKER(3),
        STATIC_BROKER(4),
        DEFAULT(5);

        private final int id;

        Source(int id) {
            this.id = id;
        }

        public byte id() {
            return (byte) id;
        }
    }

    /** One value of a key and the place that gives it. */
    public record Origin(Source source, String key, String value) {}

    /**
     * A key with all the places that give it a value, the one that holds first.
     *
     * @param origins empty when nothing gives it a value
     */
    public record Described(ConfigKey<?> key, List<Origin> origins) {
        public Described {
            origins = List.copyOf(origins);
        }
    }

    /** Why the value is not allowed for the resource; empty if it is. */
    public Optional<String> problem(ConfigResource resource, String key, String value) {
        ConfigKey<?> known = find(resource.kind(), key);
        if (known == null) {
            return Optional.of(
                    resource
                            + ": "
                            + key
                            + " is unknown"
                            + NearestName.suggestion(key, namesOf(resource.kind())));
        }
        try {
            Object parsed = known.parser().apply(value);
            return parsed == null
                    ? Optional.of(resource + ": " + key + " has no value")
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            String shown = known.isSensitive() ? "[hidden]" : value;
            return Optional.of(resource + ": " + key + "=" + shown + " is not " + e.getMessage());
        }
    }

    public boolean isList(ConfigResource.Kind kind, String key) {
        ConfigKey<?> known = find(kind, key);
        return known != null && known.type() == ConfigType.LIST;
    }

    /** The value that holds for a topic, as text; null if nothing gives it one. */
    public @org.jspecify.annotations.Nullable String topicValue(
            MetadataImage image, String topic, String key) {
        TopicKey known = topicKeys.get(key);
        if (known == null) {
            return null;
        }
        Map<String, String> entries = image.config(ConfigResource.topic(topic));
        List<Origin> origins = originsOfTopicKey(image, Optional.empty(), entries, known);
        return origins.isEmpty() ? null : origins.get(0).value();
    }

    /** Every key of a topic with its values; {@code brokerId} is the broker that describes it. */
    public List<Described> describeTopic(MetadataImage image, int brokerId, String topic) {
        return describeTopic(image, brokerId, image.config(ConfigResource.topic(topic)));
    }

    /** Likewise for a topic with these entries of its own, which need not exist. */
    public List<Described> describeTopic(
            MetadataImage image, int brokerId, Map<String, String> entries) {
        List<Described> described = new ArrayList<>(topicKeys.size());
        for (TopicKey key : topicKeys.values()) {
            described.add(
                    new Described(
                            key.key(),
                            originsOfTopicKey(image, Optional.of(brokerId), entries, key)));
        }
        return described;
    }

    /** Every key of a broker with its values; an empty id describes the cluster-wide defaults. */
    public List<Described> describeBroker(MetadataImage image, Optional<Integer> brokerId) {
        List<Described> described = new ArrayList<>(brokerKeys.size());
        for (ConfigKey<?> key : brokerKeys.values()) {
            List<Origin> origins = new ArrayList<>();
            brokerId.ifPresent(id -> addDynamic(image, id, key.name(), origins));
            addDynamicDefault(image, key.name(), origins);
            if (brokerId.isPresent()) {
                addStatic(key.name(), origins);
                key.defaultText()
                        .ifPresent(v -> origins.add(new Origin(Source.DEFAULT, key.name(), v)));
            }
            described.add(new Described(key, origins));
        }
        return described;
    }

    private List<Origin> originsOfTopicKey(
            MetadataImage image,
            Optional<Integer> brokerId,
            Map<String, String> entries,
            TopicKey known) {
        String name = known.key().name();
        List<Origin> origins = new ArrayList<>();
        String own = entries.get(name);
        if (own != null) {
            origins.add(new Origin(Source.DYNAMIC_TOPIC, name, own));
        }
        known.brokerKey()
                .ifPresent(
                        synonym -> {
                            brokerId.ifPresent(id -> addDynamic(image, id, synonym, origins));
                            addDynamicDefault(image, synonym, origins);
                        });
        String byBroker = topicDefaults.get(name);
        if (byBroker != null) {
            origins.add(new Origin(Source.STATIC_BROKER, known.brokerKey().orElse(name), byBroker));
        }
        known.key()
                .defaultText()
                .ifPresent(
                        value ->
                                origins.add(
                                        new Origin(
                                                Source.DEFAULT,
                                                known.brokerKey().orElse(name),
                                                value)));
        return origins;
    }

    private static void addDynamic(
            MetadataImage image, int brokerId, String key, List<Origin> origins) {
        String value = image.config(ConfigResource.broker(brokerId)).get(key);
        if (value != null) {
            origins.add(new Origin(Source.DYNAMIC_BROKER, key, value));
        }
    }

    private static void addDynamicDefault(MetadataImage image, String key, List<Origin> origins) {
        String value = image.config(ConfigResource.brokerDefaults()).get(key);
        if (value != null) {
            origins.add(new Origin(Source.DYNAMIC_DEFAULT_BROKER, key, value));
        }
    }

    private void addStatic(String key, List<Origin> origins) {
        String value = brokerFile.get(key);
        if (value != null) {
            origins.add(new Origin(Source.STATIC_BROKER, key, value));
        }
    }

    private @org.jspecify.annotations.Nullable ConfigKey<?> find(
            ConfigResource.Kind kind, String key) {
        if (kind == ConfigResource.Kind.TOPIC) {
            TopicKey known = topicKeys.get(key);
            return known == null ? null : known.key();
        }
        return kind == ConfigResource.Kind.BROKER ? brokerKeys.get(key) : null;
    }

    private java.util.Set<String> namesOf(ConfigResource.Kind kind) {
        return kind == ConfigResource.Kind.TOPIC ? topicKeys.keySet() : brokerKeys.keySet();
    }
}
