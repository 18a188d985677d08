package io.millrace.broker.config;

import io.millrace.base.config.ConfigKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A key, the value that holds, and all places that give it one.
 *
 * @param value null if nothing gives it a value, or if it must not be shown
 * @param origins the one that holds first; empty if the value follows from other keys
 * @param readOnly whether only a restart with another file changes it
 */
public record DescribedConfig(
        ConfigKey<?> key, @Nullable String value, List<ConfigOrigin> origins, boolean readOnly) {
    public DescribedConfig {
        origins = List.copyOf(origins);
    }

    public ConfigSource source() {
        return origins.isEmpty() ? ConfigSource.DEFAULT : origins.get(0).source();
    }
}
