package io.millrace.connect.store;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Format of the status topic: compacted, shared with Apache Kafka Connect.
 *
 * <pre>
 * status-connector-N            {"state","trace","worker_id","generation","version"}   null: deleted
 * status-task-N-i               the same
 * status-topic-T:connector-N    {"topic":{"name","connector","task","discoverTimestamp"}}
 * </pre>
 */
public final class StatusFormat {
    private static final String CONNECTOR = "status-connector-";
    private static final String TASK = "status-task-";
    private static final String TOPIC = "status-topic-";
    private static final String TOPIC_SEPARATOR = ":connector-";

    private StatusFormat() {}

    public static KeyValue encode(StatusEvent event) {
        if (event instanceof StatusEvent.OfConnector c) {
            return KeyValue.of(CONNECTOR + c.connector(), status(c.status()));
        }
        if (event instanceof StatusEvent.OfTask t) {
            return KeyValue.of(TASK + t.id(), status(t.status()));
        }
        if (event instanceof StatusEvent.OfTopic t) {
            return KeyValue.of(TOPIC + t.topic() + TOPIC_SEPARATOR + t.connector(), topic(t));
        }
        throw new IllegalArgumentException(event + " is not written by this worker");
    }

    private static byte @Nullable [] status(@Nullable Status status) {
        if (status == null) {
            return null;
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("state", status.state().name());
        fields.put("trace", status.trace());
        fields.put("worker_id", status.workerId());
        fields.put("generation", status.generation());
        fields.put("version", status.version());
        return StoreJson.write(fields);
    }

    private static byte @Nullable [] topic(StatusEvent.OfTopic event) {
        StatusEvent.TopicUse use = event.use();
        if (use == null) {
            return null;
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", event.topic());
        fields.put("connector", event.connector());
        fields.put("task", use.task());
        fields.put("discoverTimestamp", use.discoveredMs());
        return StoreJson.write(Map.of("topic", fields));
    }

    /**
     * @throws IOException when the value is not what the key promises
     */
    public static StatusEvent decode(byte @Nullable [] keyBytes, byte @Nullable [] value)
            throws IOException {
        String key = keyBytes == null ? "" : new String(keyBytes, StandardCharsets.UTF_8);
        if (key.startsWith(CONNECTOR)) {
            return new StatusEvent.OfConnector(key.substring(CONNECTOR.length()), status(value));
        }
        if (key.startsWith(TASK)) {
            int dash = key.lastIndexOf('-');
            try {
                return new StatusEvent.OfTask(
                        new TaskId(
                                key.substring(TASK.length(), dash),
                                Integer.parseInt(key.substring(dash + 1))),
                        status(value));
            } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
                throw new IOException("key " + key + " does not end in a task number", e);
            }
        }
        int separator = key.indexOf(TOPIC_SEPARATOR);
        if (key.startsWith(TOPIC) && separator > 0) {
            return new StatusEvent.OfTopic(
                    key.substring(TOPIC.length(), separator),
                    key.substring(separator + TOPIC_SEPARATOR.length()),
                    use(value));
        }
        return new StatusEvent.Other(key);
    }

    private static @Nullable Status status(byte @Nullable [] value) throws IOException {
        if (value == null) {
            return null;
        }
        JsonNode json = StoreJson.read(value);
        String state = StoreJson.text(json, "state");
        String worker = StoreJson.text(json, "worker_id");
        try {
            return new Status(
                    RunState.valueOf(String.valueOf(state)),
                    StoreJson.text(json, "trace"),
                    worker == null ? "" : worker,
                    json.path("generation").asInt(),
                    StoreJson.text(json, "version"));
        } catch (IllegalArgumentException e) {
            throw new IOException("state " + state + " is unknown", e);
        }
    }

    private static StatusEvent.@Nullable TopicUse use(byte @Nullable [] value) throws IOException {
        if (value == null) {
            return null;
        }
        JsonNode topic = StoreJson.read(value).path("topic");
        return new StatusEvent.TopicUse(
                topic.path("task").asInt(), topic.path("discoverTimestamp").asLong());
    }
}
