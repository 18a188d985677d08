package io.millrace.connect.worker;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which client settings a connector may override; the values of {@code
 * connector.client.config.override.policy}.
 */
public sealed interface OverridePolicy {
    /** Everything. */
    record All() implements OverridePolicy {}

    /** Nothing. */
    record None() implements OverridePolicy {}

    /** Only these keys. */
    record Allowlist(Set<String> keys) implements OverridePolicy {}

    static OverridePolicy parse(String name, List<String> allowlist) {
        String simple = name.substring(name.lastIndexOf('.') + 1);
        return switch (simple.replace("ConnectorClientConfigOverridePolicy", "")) {
            case "All" -> new All();
            case "None" -> new None();
            case "Principal" ->
                    new Allowlist(
                            Set.of("sasl.jaas.config", "sasl.mechanism", "security.protocol"));
            case "Allowlist" -> new Allowlist(Set.copyOf(allowlist));
            default ->
                    throw new IllegalArgumentException(
                            "connector.client.config.override.policy="
                                    + name
                                    + " is not All, None, Principal or Allowlist");
        };
    }

    /** Whether a connector may set this client key. */
    default boolean allows(String key) {
        if (this instanceof Allowlist list) {
            return list.keys().contains(key);
        }
        return this instanceof All;
    }

    /** Settings under {@code producer.override.} and the like, prefix removed. */
    static Map<String, String> overrides(String client, Map<String, String> config) {
        String prefix = client + ".override.";
        Map<String, String> found = new TreeMap<>();
        config.forEach(
                (key, value) -> {
                    if (key.startsWith(prefix)) {
                        found.put(key.substring(prefix.length()), value);
                    }
                });
        return found;
    }
}
