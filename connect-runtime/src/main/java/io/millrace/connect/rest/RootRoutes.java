package io.millrace.connect.rest;

import io.javalin.Javalin;
import io.javalin.http.Context;
import io.millrace.connect.worker.WorkerApi;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.utils.AppInfoParser;

/** {@code /} and {@code /health}. */
final class RootRoutes {
    private static final long HEALTH_SECONDS = 10;

    private final WorkerApi api;
    private final HealthCheck health;

    RootRoutes(WorkerApi api, HealthCheck health) {
        this.api = api;
        this.health = health;
    }

    void register(Javalin javalin) {
        javalin.get("/", this::root);
        javalin.get("/health", this::health);
    }

    private void root(Context ctx) {
        Map<String, Object> json = new LinkedHashMap<>();
        // Clients choose features by the API's version, so this is the version of connect-api.
        json.put("version", AppInfoParser.getVersion());
        json.put("commit", AppInfoParser.getCommitId());
        json.put("kafka_cluster_id", api.clusterId());
        json.put("worker", "millrace");
        ctx.json(json);
    }

    private void health(Context ctx) throws Exception {
        String stage = health.startingStage();
        if (!stage.isEmpty()) {
            answer(ctx, 503, "starting", "Worker is still starting up: " + stage);
            return;
        }
        try {
            api.ping().get(HEALTH_SECONDS, TimeUnit.SECONDS);
            answer(
                    ctx,
                    200,
                    "healthy",
                    "Worker has completed startup and is ready to handle requests.");
        } catch (TimeoutException e) {
            answer(
                    ctx,
                    500,
                    "unhealthy",
                    "Worker did not answer within " + HEALTH_SECONDS + " s; its herder is stuck");
        }
    }

    private static void answer(Context ctx, int status, String word, String message) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("status", word);
        json.put("message", message);
        ctx.status(status).json(json);
    }
}
