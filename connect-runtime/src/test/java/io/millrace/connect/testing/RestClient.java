package io.millrace.connect.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;

/** Speaks JSON to a worker's REST API. */
public final class RestClient {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private final HttpClient client = HttpClient.newHttpClient();
    private final String base;

    public RestClient(String base) {
        this.base = base;
    }

    /** Status code and body; no body is a missing node. */
    public record Answer(int status, JsonNode body, java.net.http.HttpHeaders headers) {}

    public Answer get(String path) {
        return send("GET", path, null);
    }

    public Answer post(String path, Object body) {
        return send("POST", path, body);
    }

    public Answer put(String path, Object body) {
        return send("PUT", path, body);
    }

    public Answer patch(String path, Object body) {
        return send("PATCH", path, body);
    }

    public Answer delete(String path) {
        return send("DELETE", path, null);
    }

    /** State of the only, or first, task; empty when there is none. */
    public String taskState(String connector) {
        return get("/connectors/" + connector + "/status")
                .body()
                .path("tasks")
                .path(0)
                .path("state")
                .asText();
    }

    public String connectorState(String connector) {
        return get("/connectors/" + connector + "/status")
                .body()
                .path("connector")
                .path("state")
                .asText();
    }

    public Answer send(String method, String path, Object body) {
        try {
            HttpRequest.BodyPublisher publisher =
                    body == null
                            ? HttpRequest.BodyPublishers.noBody()
                            : HttpRequest.BodyPublishers.ofString(
                                    body instanceof String text
                                            ? text
                                            : MAPPER.writeValueAsString(body));
            HttpResponse<String> response =
                    client.send(
                            HttpRequest.newBuilder(URI.create(base + path))
                                    .method(method, publisher)
                                    .header("Content-Type", "application/json")
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            return new Answer(
                    response.statusCode(), MAPPER.readTree(response.body()), response.headers());
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + base + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A connector's config with name and class. */
    public static Map<String, String> config(String name, String connectorClass, String... more) {
        Map<String, String> config = new java.util.TreeMap<>();
        config.put("name", name);
        config.put("connector.class", connectorClass);
        config.put("tasks.max", "1");
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return config;
    }
}
