package io.millrace.connect.store;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One record of the config topic, by its meaning. */
public sealed interface ConfigEvent {

    /** Key {@code connector-N}; null removes the connector. */
    record ConnectorConfig(String connector, @Nullable Map<String, String> config)
            implements ConfigEvent {
        public ConnectorConfig {
            config = config == null ? null : new TreeMap<>(config);
        }
    }

    /** Key {@code task-N-i}; counts only once {@link TasksCommitted} follows. */
    record TaskConfig(TaskId id, Map<String, String> config) implements ConfigEvent {
        public TaskConfig {
            config = new TreeMap<>(config);
        }
    }

    /** Key {@code commit-N}: the configs of tasks 0 to {@code count} - 1 are complete. */
    record TasksCommitted(String connector, int count) implements ConfigEvent {}

    /** Key {@code target-state-N}; null means started. */
    record Target(String connector, @Nullable TargetState state) implements ConfigEvent {}

    /** Key {@code restart-connector-N}. Acts when read live, not when replayed at start. */
    record Restart(String connector, boolean onlyFailed, boolean includeTasks)
            implements ConfigEvent {}

    /** Key {@code logger-cluster-X}; acts when read live. */
    record LoggerLevel(String logger, String level) implements ConfigEvent {}

    /**
     * Records that this worker keeps but does not act on: session keys, task fencing, newer kinds.
     */
    record Other(String key) implements ConfigEvent {}
}
