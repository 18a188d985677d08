package io.millrace.connect.store;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Format of the config topic: one partition, compacted, shared with Apache Kafka Connect.
 *
 * <pre>
 * connector-N          {"properties":{key:text,…}}                     null: deleted
 * task-N-i             {"properties":{key:text,…}}
 * commit-N             {"tasks":count}
 * target-state-N       {"state":"STARTED|PAUSED","state.v2":"STARTED|PAUSED|STOPPED"}
 * restart-connector-N  {"include-tasks":bool,"only-failed":bool}
 * logger-cluster-X     {"level":"DEBUG"}
 * tasks-fencing-N, session-key: kept, not read
 * </pre>
 *
 * {@code state} is for workers older than STOPPED, which read it as PAUSED.
 */
public final class ConfigFormat {
    private static final String CONNECTOR = "connector-";
    private static final String TASK = "task-";
    private static final String COMMIT = "commit-";
    private static final String TARGET = "target-state-";
    private static final String RESTART = "restart-connector-";
    private static final String LOGGER = "logger-cluster-";

    private ConfigFormat() {}

    public static KeyValue encode(ConfigEvent event) {
        if (event instanceof ConfigEvent.ConnectorConfig c) {
            return KeyValue.of(CONNECTOR + c.connector(), properties(c.config()));
        }
        if (event instanceof ConfigEvent.TaskConfig t) {
            return KeyValue.of(TASK + t.id(), properties(t.config()));
        }
        if (event instanceof ConfigEvent.TasksCommitted c) {
            return KeyValue.of(COMMIT + c.connector(), StoreJson.write(Map.of("tasks", c.count())));
        }
        if (event instanceof ConfigEvent.Target t) {
            return KeyValue.of(TARGET + t.connector(), target(t.state()));
        }
        if (event instanceof ConfigEvent.Restart r) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("include-tasks", r.includeTasks());
            fields.put("only-failed", r.onlyFailed());
            return KeyValue.of(RESTART + r.connector(), StoreJson.write(fields));
        }
        if (event instanceof ConfigEvent.LoggerLevel l) {
            return KeyValue.of(LOGGER + l.logger(), StoreJson.write(Map.of("level", l.level())));
        }
        throw new IllegalArgumentException(event + " is not written by this worker");
    }

    private static byte @Nullable [] properties(@Nullable Map<String, String> config) {
        return config == null ? null : StoreJson.write(Map.of("properties", config));
    }

    private static byte @Nullable [] target(@Nullable TargetState state) {
        if (state == null) {
            return null;
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("state", state == TargetState.STOPPED ? "PAUSED" : state.name());
        fields.put("state.v2", state.name());
        return StoreJson.write(fields);
    }

    /**
     * @throws IOException when the value is not what the key promises
     */
    public static ConfigEvent decode(byte @Nullable [] keyBytes, byte @Nullable [] value)
            throws IOException {
        String key = keyBytes == null ? "" : new String(keyBytes, StandardCharsets.UTF_8);
        if (key.startsWith(CONNECTOR)) {
            return new ConfigEvent.ConnectorConfig(
                    key.substring(CONNECTOR.length()), value == null ? null : properties(value));
        }
        if (key.startsWith(TARGET)) {
            return new ConfigEvent.Target(
                    key.substring(TARGET.length()), value == null ? null : target(value));
        }
        if (value == null) {
            return new ConfigEvent.Other(key);
        }
        if (key.startsWith(TASK)) {
            return new ConfigEvent.TaskConfig(taskId(key), properties(value));
        }
        if (key.startsWith(COMMIT)) {
            return new ConfigEvent.TasksCommitted(
                    key.substring(COMMIT.length()), required(value, "tasks").asInt());
        }
        if (key.startsWith(RESTART)) {
            return new ConfigEvent.Restart(
                    key.substring(RESTART.length()),
                    required(value, "only-failed").asBoolean(),
                    required(value, "include-tasks").asBoolean());
        }
        if (key.startsWith(LOGGER)) {
            return new ConfigEvent.LoggerLevel(
                    key.substring(LOGGER.length()), required(value, "level").asText());
        }
        return new ConfigEvent.Other(key);
    }

    private static TaskId taskId(String key) throws IOException {
        int dash = key.lastIndexOf('-');
        try {
            return new TaskId(
                    key.substring(TASK.length(), dash), Integer.parseInt(key.substring(dash + 1)));
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException("key " + key + " does not end in a task number", e);
        }
    }

    private static Map<String, String> properties(byte[] value) throws IOException {
        return StoreJson.texts(required(value, "properties"));
    }

    private static TargetState target(byte[] value) throws IOException {
        JsonNode json = StoreJson.read(value);
        String text = StoreJson.text(json, "state.v2");
        if (text == null) {
            text = StoreJson.text(json, "state");
        }
        try {
            return TargetState.valueOf(String.valueOf(text));
        } catch (IllegalArgumentException e) {
            throw new IOException("target state " + text + " is unknown", e);
        }
    }

    private static JsonNode required(byte[] value, String field) throws IOException {
        JsonNode found = StoreJson.read(value).get(field);
        if (found == null || found.isNull()) {
            throw new IOException("field " + field + " is missing");
        }
        return found;
    }
}
