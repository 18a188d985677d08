package io.millrace.connect.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.http.Context;
import io.millrace.connect.plugin.PluginType;
import io.millrace.connect.store.Status;
import io.millrace.connect.store.TaskId;
import io.millrace.connect.task.TaskProgress;
import io.millrace.connect.worker.RequestRefused;
import io.millrace.connect.worker.WorkerApi;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** JSON shapes of Kafka Connect's REST API. */
final class RestJson {
    static final ObjectMapper MAPPER = new ObjectMapper();

    private RestJson() {}

    static Map<String, Object> connector(WorkerApi.ConnectorView view) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", view.name());
        json.put("config", view.config());
        json.put("tasks", view.tasks().stream().map(RestJson::task).toList());
        json.put("type", type(view.type()));
        return json;
    }

    static Map<String, Object> task(TaskId id) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("connector", id.connector());
        json.put("task", id.task());
        return json;
    }

    static String type(Optional<PluginType> type) {
        return type.map(PluginType::id).orElse("unknown");
    }

    static Map<String, Object> status(WorkerApi.StatusView view) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", view.name());
        json.put("connector", state(null, view.connector(), null));
        List<Map<String, Object>> tasks = new ArrayList<>();
        for (WorkerApi.TaskView task : view.tasks()) {
            tasks.add(state(task.id().task(), task.status(), task.progress()));
        }
        json.put("tasks", tasks);
        json.put("type", type(view.type()));
        return json;
    }

    static Map<String, Object> state(
            @Nullable Integer id, Status status, @Nullable TaskProgress progress) {
        Map<String, Object> json = new LinkedHashMap<>();
        if (id != null) {
            json.put("id", id);
        }
        json.put("state", status.state().name());
        json.put("worker_id", status.workerId());
        if (status.version() != null) {
            json.put("version", status.version());
        }
        if (status.trace() != null) {
            json.put("trace", status.trace());
        }
        if (progress != null) {
            json.put("progress", progress(progress));
        }
        return json;
    }

    private static Map<String, Object> progress(TaskProgress progress) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("records", progress.records());
        json.put("records_skipped", progress.skipped());
        json.put("records_filtered", progress.filtered());
        json.put("records_pending", progress.pending());
        if (progress.lag() >= 0) {
            json.put("lag_records", progress.lag());
        }
        if (progress.lastRecordMs() > 0) {
            json.put("last_record_ms", progress.lastRecordMs());
        }
        if (progress.lastRecordTimestampMs() > 0) {
            json.put("last_record_timestamp_ms", progress.lastRecordTimestampMs());
        }
        if (!progress.lastError().isEmpty()) {
            json.put("retrying", progress.lastError());
        }
        return json;
    }

    /** The body as an object. */
    static JsonNode object(Context ctx) throws JsonProcessingException {
        JsonNode node = MAPPER.readTree(ctx.body());
        if (node == null || !node.isObject()) {
            throw new RequestRefused(RequestRefused.Kind.BAD_REQUEST, "body is not a JSON object");
        }
        return node;
    }

    /** Fields of an object as config texts; null stays null. */
    static Map<String, @Nullable String> config(JsonNode object) {
        Map<String, @Nullable String> config = new TreeMap<>();
        object.properties()
                .forEach(
                        field -> {
                            JsonNode value = field.getValue();
                            config.put(
                                    field.getKey(),
                                    value.isNull()
                                            ? null
                                            : value.isValueNode()
                                                    ? value.asText()
                                                    : value.toString());
                        });
        return config;
    }

    static Map<String, String> withoutNulls(Map<String, @Nullable String> config) {
        Map<String, String> result = new TreeMap<>();
        config.forEach(
                (key, value) -> {
                    if (value != null) {
                        result.put(key, value);
                    }
                });
        return result;
    }

    static @Nullable Map<String, Object> map(@Nullable JsonNode object) {
        return object == null || object.isNull()
                ? null
                : MAPPER.convertValue(object, new TypeReference<Map<String, Object>>() {});
    }
}
