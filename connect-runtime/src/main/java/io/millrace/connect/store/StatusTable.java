package io.millrace.connect.store;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Last states of all connectors and tasks, and the topics they used. Owned by the herder's loop.
 */
public final class StatusTable {
    private final Map<String, Status> connectors = new HashMap<>();
    private final TreeMap<TaskId, Status> tasks = new TreeMap<>();
    private final Map<String, TreeSet<String>> topics = new HashMap<>();

    public void apply(StatusEvent event) {
        if (event instanceof StatusEvent.OfConnector c) {
            put(connectors, c.connector(), c.status());
        } else if (event instanceof StatusEvent.OfTask t) {
            put(tasks, t.id(), t.status());
        } else if (event instanceof StatusEvent.OfTopic t) {
            TreeSet<String> used = topics.computeIfAbsent(t.connector(), c -> new TreeSet<>());
            if (t.use() == null) {
                used.remove(t.topic());
            } else {
                used.add(t.topic());
            }
        }
    }

    private static <K> void put(Map<K, Status> map, K key, @Nullable Status status) {
        if (status == null || status.state() == RunState.DESTROYED) {
            map.remove(key);
        } else {
            map.put(key, status);
        }
    }

    public Optional<Status> connector(String name) {
        return Optional.ofNullable(connectors.get(name));
    }

    public Optional<Status> task(TaskId id) {
        return Optional.ofNullable(tasks.get(id));
    }

    public Map<String, Status> connectors() {
        return Map.copyOf(connectors);
    }

    public Map<TaskId, Status> tasks() {
        return Map.copyOf(tasks);
    }

    /** Known tasks of one connector, in order. */
    public NavigableMap<TaskId, Status> tasksOf(String connector) {
        return new TreeMap<>(
                tasks.subMap(
                        new TaskId(connector, 0),
                        true,
                        new TaskId(connector, Integer.MAX_VALUE),
                        true));
    }

    public TreeSet<String> topicsOf(String connector) {
        return new TreeSet<>(topics.getOrDefault(connector, new TreeSet<>()));
    }
}
