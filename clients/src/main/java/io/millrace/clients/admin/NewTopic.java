package io.millrace.clients.admin;

import java.util.Map;
import java.util.OptionalInt;

/** A topic to create. Empty counts mean the broker's default. */
public record NewTopic(
        String name,
        OptionalInt partitions,
        OptionalInt replicationFactor,
        Map<String, String> configs) {
    public NewTopic {
        configs = Map.copyOf(configs);
    }

    public NewTopic(String name, int partitions, int replicationFactor) {
        this(name, OptionalInt.of(partitions), OptionalInt.of(replicationFactor), Map.of());
    }

    public NewTopic withConfigs(Map<String, String> changed) {
        return new NewTopic(name, partitions, replicationFactor, changed);
    }
}
