package io.millrace.clients.admin;

import io.millrace.base.config.ConfigType;
import java.util.Optional;

/**
 * One setting of a resource.
 *
 * @param value empty if it has none, or is secret
 * @param type empty if the broker does not say
 */
public record ConfigEntry(
        String name,
        Optional<String> value,
        Source source,
        boolean readOnly,
        boolean sensitive,
        Optional<ConfigType> type) {

    public boolean isDefault() {
        return source == Source.DEFAULT;
    }

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
