package io.millrace.connect.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * State of the config topic, built by applying its records in order. Owned by the herder's loop.
 *
 * <p>Task configs are written one record each, then a commit record with their count. Compaction
 * may have removed some of a set that was replaced, and a worker may have died in between; then the
 * connector is inconsistent until it writes a new set.
 */
public final class ConfigTable {
    private static final class Row {
        @Nullable Map<String, String> config;
        long configOffset = -1;
        TargetState target = TargetState.STARTED;
        final Map<Integer, Map<String, String>> pending = new TreeMap<>();
        List<Map<String, String>> tasks = List.of();
        long tasksOffset = -1;
        boolean consistent = true;
    }

    private final Map<String, Row> rows = new HashMap<>();

    /** Applies one record; returns the connector it was about, if any. */
    public Optional<String> apply(ConfigEvent event, long offset) {
        if (event instanceof ConfigEvent.ConnectorConfig c) {
            applyConfig(c, offset);
            return Optional.of(c.connector());
        }
        if (event instanceof ConfigEvent.TaskConfig t) {
            row(t.id().connector()).pending.put(t.id().task(), t.config());
            return Optional.empty();
        }
        if (event instanceof ConfigEvent.TasksCommitted c) {
            applyCommit(c, offset);
            return Optional.of(c.connector());
        }
        if (event instanceof ConfigEvent.Target t) {
            row(t.connector()).target = t.state() == null ? TargetState.STARTED : t.state();
            return Optional.of(t.connector());
        }
        return Optional.empty();
    }

    private Row row(String connector) {
        return rows.computeIfAbsent(connector, name -> new Row());
    }

    private void applyConfig(ConfigEvent.ConnectorConfig event, long offset) {
        if (event.config() == null) {
            // The target state goes with its own tombstone; a new connector of this name starts
            // afresh.
            rows.remove(event.connector());
            return;
        }
        Row row = row(event.connector());
        row.config = event.config();
        row.configOffset = offset;
    }

    private void applyCommit(ConfigEvent.TasksCommitted event, long offset) {
        Row row = row(event.connector());
        List<Map<String, String>> complete = new ArrayList<>();
        boolean consistent = true;
        for (int task = 0; task < event.count(); task++) {
            Map<String, String> config = row.pending.get(task);
            if (config == null && task < row.tasks.size()) {
                // Unchanged configs may be left out, and compaction drops all but the newest.
                config = row.tasks.get(task);
            }
            if (config == null) {
                consistent = false;
                break;
            }
            complete.add(config);
        }
        row.consistent = consistent;
        row.tasksOffset = offset;
        if (consistent) {
            row.tasks = List.copyOf(complete);
            row.pending.clear();
        }
    }

    public Optional<ConnectorEntry> find(String connector) {
        Row row = rows.get(connector);
        return row == null ? Optional.empty() : entry(connector, row);
    }

    public Collection<String> connectors() {
        return rows.entrySet().stream()
                .filter(row -> row.getValue().config != null)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private static Optional<ConnectorEntry> entry(String name, Row row) {
        if (row.config == null) {
            return Optional.empty();
        }
        return Optional.of(
                new ConnectorEntry(
                        name,
                        row.config,
                        row.configOffset,
                        row.target,
                        row.consistent ? row.tasks : List.of(),
                        row.tasksOffset,
                        row.consistent));
    }
}
