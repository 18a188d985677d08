package io.millrace.connect.rest;

import io.javalin.Javalin;
import io.javalin.http.Context;
import io.millrace.connect.worker.LogLevels;
import io.millrace.connect.worker.RequestRefused;
import io.millrace.connect.worker.WorkerApi;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code /admin/loggers}. */
final class LoggerRoutes {
    private final WorkerApi api;

    LoggerRoutes(WorkerApi api) {
        this.api = api;
    }

    void register(Javalin javalin) {
        javalin.get("/admin/loggers", this::list);
        javalin.get("/admin/loggers/{logger}", this::get);
        javalin.put("/admin/loggers/{logger}", this::put);
    }

    private void list(Context ctx) {
        Map<String, Object> all = new TreeMap<>();
        LogLevels.all().forEach((logger, level) -> all.put(logger, Map.of("level", level)));
        ctx.json(all);
    }

    private void get(Context ctx) {
        ctx.json(Map.of("level", LogLevels.level(ctx.pathParam("logger"))));
    }

    private void put(Context ctx) throws Exception {
        String logger = ctx.pathParam("logger");
        String level = RestJson.object(ctx).path("level").asText("");
        if (LogLevels.set(logger, level).isEmpty()) {
            throw new RequestRefused(
                    RequestRefused.Kind.NOT_FOUND, "invalid log level '" + level + "'.");
        }
        if ("cluster".equals(ctx.queryParam("scope"))) {
            RestServer.await(api.logLevelEverywhere(logger, level));
            ctx.status(204);
            return;
        }
        ctx.json(List.of(logger));
    }
}
