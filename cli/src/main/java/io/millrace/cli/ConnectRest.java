package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The few calls of the Connect REST API that a person makes. */
public final class ConnectRest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final URI base;

    /**
     * @param base for example {@code http://127.0.0.1:8083}
     */
    public ConnectRest(URI base) {
        this.base = base;
    }

    /** Creates a connector or replaces its configuration. */
    public JsonNode putConfig(String connector, Map<String, String> config) {
        return call("PUT", "/connectors/" + connector + "/config", JSON.valueToTree(config));
    }

    /**
     * Any call; an answer of 400 or more becomes a {@link ConnectRestException} with the worker's
     * message.
     */
    public JsonNode call(String method, String path, @Nullable JsonNode body) {
        HttpRequest request =
                HttpRequest.newBuilder(base.resolve(path))
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body.toString()))
                        .build();
        try {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode answer =
                    response.body().isBlank() ? JSON.nullNode() : JSON.readTree(response.body());
            if (response.statusCode() >= 400) {
                throw new ConnectRestException(
                        response.statusCode(), answer.path("message").asText(response.body()));
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "no Connect worker answers at " + base + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while calling " + base + path, e);
        }
    }
}
