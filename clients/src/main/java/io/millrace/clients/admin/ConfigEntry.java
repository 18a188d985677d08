package io.millrace.clients.admin;

import io.millrace.base.config.ConfigType;
import java.util.List;
import java.util.Optional;

/**
 * One setting of a resource.
 *
 * @param value empty if it has none, or is secret
 * @param type empty if the broker does not say
 * @param synonyms where values could come from, the one in force first
 */
public record ConfigEntry(
        String name,
        Optional<String> value,
        Source source,
        boolean readOnly,
        boolean sensitive,
        Optional<ConfigType> type,
        List<Synonym> synonyms,
        Optional<String> documentation) {
    public ConfigEntry {
        synonyms = List.copyOf(synonyms);
    }

    public ConfigEntry(
            String name,
            Optional<String> value,
            Source source,
            boolean readOnly,
            boolean sensitive,
            Optional<ConfigType> type) {
        this(name, value, source, readOnly, sensitive, type, List.of(), Optional.empty());
    }

    public boolean isDefault() {
        return source == Source.DEFAULT;
    }

    /** A setting by which this one could be set, perhaps under another name. */
    public record Synonym(String name, Optional<String> value, Source source) {}

    /** Where the value in force comes from; in the order of the wire's numbers. */
    public enum Source {
        UNKNOWN,
        DYNAMIC_TOPIC,
        DYNAMIC_BROKER,
        DYNAMIC_DEFAULT_BROKER,
        STATIC_BROKER,
        DEFAULT,
        DYNAMIC_BROKER_LOGGER,
        CLIENT_METRICS,
        GROUP
    }
}
