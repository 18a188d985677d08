package io.millrace.connect.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.json.JavalinJackson;
import io.millrace.connect.worker.RequestRefused;
import io.millrace.connect.worker.WorkerApi;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.NotFoundException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server of a worker. Bodies are at most 1 MB; a request that the worker does not answer
 * in time is told so with 500, as Kafka Connect does. Errors are {@code {"error_code","message"}}.
 */
public final class RestServer implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(RestServer.class);
    private static final long MAX_BODY_BYTES = 1_000_000;
    static final long REQUEST_SECONDS = 90;

    private final Javalin javalin;

    private RestServer(Javalin javalin) {
        this.javalin = javalin;
    }

    /**
     * Starts to listen.
     *
     * @param port 0 for a free one
     */
    public static RestServer start(String host, int port) {
        Javalin javalin =
                Javalin.create(
                        config -> {
                            config.showJavalinBanner = false;
                            config.http.maxRequestSize = MAX_BODY_BYTES;
                            config.http.defaultContentType = "application/json";
                            config.jsonMapper(new JavalinJackson(RestJson.MAPPER, false));
                            config.startupWatcherEnabled = false;
                        });
        RestServer server = new RestServer(javalin);
        server.mapErrors();
        javalin.start(host, port);
        return server;
    }

    /**
     * Begins to answer requests. Until then everything is 404, as the worker's parts are being
     * made.
     */
    public void serve(WorkerApi api, HealthCheck health, Forwarding forwarding) {
        new RootRoutes(api, health).register(javalin);
        new ConnectorRoutes(api, forwarding).register(javalin);
        new OffsetRoutes(api).register(javalin);
        new PluginRoutes(api).register(javalin);
        new LoggerRoutes(api).register(javalin);
    }

    public int port() {
        return javalin.port();
    }

    private void mapErrors() {
        javalin.exception(
                RequestRefused.class,
                (e, ctx) -> error(ctx, e.kind().status(), String.valueOf(e.getMessage())));
        javalin.exception(
                ConfigException.class, (e, ctx) -> error(ctx, 400, String.valueOf(e.getMessage())));
        javalin.exception(
                NotFoundException.class,
                (e, ctx) -> error(ctx, 404, String.valueOf(e.getMessage())));
        javalin.exception(
                JsonProcessingException.class,
                (e, ctx) ->
                        error(
                                ctx,
                                400,
                                "body is not the JSON expected: " + e.getOriginalMessage()));
        javalin.exception(
                HttpResponseException.class,
                (e, ctx) -> error(ctx, e.getStatus(), String.valueOf(e.getMessage())));
        javalin.exception(
                Exception.class,
                (e, ctx) -> {
                    LOGGER.atError()
                            .addKeyValue("path", ctx.path())
                            .setCause(e)
                            .log("request failed");
                    error(ctx, 500, e.getMessage() == null ? e.toString() : e.getMessage());
                });
        javalin.error(
                404,
                ctx -> {
                    if (ctx.result() == null || "Endpoint GET not found".equals(ctx.result())) {
                        error(ctx, 404, "HTTP 404 Not Found");
                    }
                });
    }

    private static void error(Context ctx, int status, String message) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("error_code", status);
        body.put("message", message);
        ctx.status(status).json(body);
    }

    /** Waits for the worker's answer; its failures become the request's. */
    static <T> T await(CompletableFuture<T> future) throws Exception {
        try {
            return future.get(REQUEST_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            while (cause instanceof CompletionException && cause.getCause() != null) {
                cause = cause.getCause();
            }
            if (cause instanceof Exception known) {
                throw known;
            }
            throw e;
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "Request timed out: the worker did not answer within " + REQUEST_SECONDS + " s",
                    e);
        }
    }

    @Override
    public void close() {
        javalin.stop();
    }
}
