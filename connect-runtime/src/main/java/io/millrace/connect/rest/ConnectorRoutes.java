package io.millrace.connect.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.millrace.connect.store.TargetState;
import io.millrace.connect.store.TaskId;
import io.millrace.connect.worker.RequestRefused;
import io.millrace.connect.worker.RequestRefused.Kind;
import io.millrace.connect.worker.WorkerApi;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /connectors} and below, apart from offsets. */
final class ConnectorRoutes {
    private final WorkerApi api;
    private final Forwarding forwarding;

    ConnectorRoutes(WorkerApi api, Forwarding forwarding) {
        this.api = api;
        this.forwarding = forwarding;
    }

    void register(Javalin javalin) {
        javalin.get("/connectors", this::list);
        javalin.post("/connectors", this::create);
        javalin.get("/connectors/{name}", this::get);
        javalin.delete("/connectors/{name}", this::delete);
        javalin.get("/connectors/{name}/config", this::config);
        javalin.put("/connectors/{name}/config", this::putConfig);
        javalin.patch("/connectors/{name}/config", this::patchConfig);
        javalin.get("/connectors/{name}/status", this::status);
        javalin.get("/connectors/{name}/tasks", this::tasks);
        javalin.get("/connectors/{name}/tasks/{task}/status", this::taskStatus);
        javalin.post("/connectors/{name}/tasks/{task}/restart", this::restartTask);
        javalin.post("/connectors/{name}/restart", this::restart);
        javalin.put("/connectors/{name}/pause", ctx -> target(ctx, TargetState.PAUSED, 202));
        javalin.put("/connectors/{name}/resume", ctx -> target(ctx, TargetState.STARTED, 202));
        javalin.put("/connectors/{name}/stop", ctx -> target(ctx, TargetState.STOPPED, 204));
        javalin.get("/connectors/{name}/topics", this::topics);
        javalin.put("/connectors/{name}/topics/reset", this::resetTopics);
    }

    private void list(Context ctx) throws Exception {
        List<String> expand = ctx.queryParams("expand");
        List<String> names = RestServer.await(api.connectors());
        if (expand.isEmpty()) {
            ctx.json(names);
            return;
        }
        Map<String, Object> all = new LinkedHashMap<>();
        for (String name : names) {
            Map<String, Object> one = new LinkedHashMap<>();
            try {
                if (expand.contains("status")) {
                    one.put("status", RestJson.status(RestServer.await(api.status(name))));
                }
                if (expand.contains("info")) {
                    one.put("info", RestJson.connector(RestServer.await(api.connector(name))));
                }
            } catch (RequestRefused gone) {
                continue; // deleted between the two questions
            }
            all.put(name, one);
        }
        ctx.json(all);
    }

    private void create(Context ctx) throws Exception {
        JsonNode body = RestJson.object(ctx);
        Map<String, String> config =
                RestJson.withoutNulls(
                        RestJson.config(
                                body.path("config").isObject()
                                        ? body.path("config")
                                        : RestJson.MAPPER.createObjectNode()));
        String name = body.path("name").asText("").strip();
        if (name.isEmpty()) {
            name = config.getOrDefault("name", "").strip();
        }
        if (name.isEmpty()) {
            throw new RequestRefused(Kind.BAD_REQUEST, "name is missing in the body");
        }
        TargetState initial = initialState(body.path("initial_state").asText(""));
        WorkerApi.Stored stored = RestServer.await(api.create(name, config, initial));
        ctx.header("Location", "/connectors/" + encoded(name));
        ctx.status(201).json(RestJson.connector(stored.connector()));
    }

    private static @Nullable TargetState initialState(String text) {
        return switch (text.toUpperCase(java.util.Locale.ROOT)) {
            case "" -> null;
            case "RUNNING" -> TargetState.STARTED;
            case "PAUSED" -> TargetState.PAUSED;
            case "STOPPED" -> TargetState.STOPPED;
            default ->
                    throw new RequestRefused(
                            Kind.BAD_REQUEST,
                            "initial_state " + text + " is not RUNNING, PAUSED or STOPPED");
        };
    }

    private void get(Context ctx) throws Exception {
        ctx.json(RestJson.connector(RestServer.await(api.connector(name(ctx)))));
    }

    private void config(Context ctx) throws Exception {
        ctx.json(RestServer.await(api.connector(name(ctx))).config());
    }

    private void putConfig(Context ctx) throws Exception {
        Map<String, String> config = RestJson.withoutNulls(RestJson.config(RestJson.object(ctx)));
        stored(ctx, RestServer.await(api.put(name(ctx), config)));
    }

    private void patchConfig(Context ctx) throws Exception {
        stored(ctx, RestServer.await(api.patch(name(ctx), RestJson.config(RestJson.object(ctx)))));
    }

    private static void stored(Context ctx, WorkerApi.Stored stored) {
        if (stored.created()) {
            ctx.header("Location", "/connectors/" + encoded(stored.connector().name()));
        }
        ctx.status(stored.created() ? 201 : 200).json(RestJson.connector(stored.connector()));
    }

    private void delete(Context ctx) throws Exception {
        RestServer.await(api.delete(name(ctx)));
        ctx.status(204);
    }

    private void status(Context ctx) throws Exception {
        ctx.json(RestJson.status(RestServer.await(api.status(name(ctx)))));
    }

    private void tasks(Context ctx) throws Exception {
        String name = name(ctx);
        List<Map<String, Object>> tasks = new ArrayList<>();
        int index = 0;
        for (Map<String, String> config : RestServer.await(api.taskConfigs(name))) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("id", RestJson.task(new TaskId(name, index++)));
            json.put("config", config);
            tasks.add(json);
        }
        ctx.json(tasks);
    }

    private void taskStatus(Context ctx) throws Exception {
        WorkerApi.TaskView view = RestServer.await(api.taskStatus(task(ctx)));
        ctx.json(RestJson.state(view.id().task(), view.status(), view.progress()));
    }

    private void restartTask(Context ctx) throws Exception {
        TaskId id = task(ctx);
        Optional<String> elsewhere = RestServer.await(api.restartTask(id));
        if (elsewhere.isPresent()) {
            if ("false".equals(ctx.queryParam("forward"))) {
                throw new RequestRefused(
                        Kind.CONFLICT, "task " + id + " runs on " + elsewhere.get());
            }
            ctx.status(forwarding.post(elsewhere.get(), ctx.path() + "?forward=false"));
            return;
        }
        ctx.status(204);
    }

    private void restart(Context ctx) throws Exception {
        boolean includeTasks = Boolean.parseBoolean(ctx.queryParam("includeTasks"));
        boolean onlyFailed = Boolean.parseBoolean(ctx.queryParam("onlyFailed"));
        WorkerApi.StatusView plan =
                RestServer.await(api.restart(name(ctx), includeTasks, onlyFailed));
        if (includeTasks || onlyFailed) {
            ctx.status(202).json(RestJson.status(plan));
        } else {
            ctx.status(204);
        }
    }

    private void target(Context ctx, TargetState state, int status) throws Exception {
        RestServer.await(api.target(name(ctx), state));
        ctx.status(status);
    }

    private void topics(Context ctx) throws Exception {
        String name = name(ctx);
        ctx.json(Map.of(name, Map.of("topics", RestServer.await(api.topics(name)))));
    }

    private void resetTopics(Context ctx) throws Exception {
        RestServer.await(api.resetTopics(name(ctx)));
        ctx.status(200);
    }

    static String name(Context ctx) {
        return ctx.pathParam("name");
    }

    private static TaskId task(Context ctx) {
        try {
            return new TaskId(name(ctx), Integer.parseInt(ctx.pathParam("task")));
        } catch (IllegalArgumentException e) {
            throw new RequestRefused(
                    Kind.NOT_FOUND, "task " + ctx.pathParam("task") + " is not a task number");
        }
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
