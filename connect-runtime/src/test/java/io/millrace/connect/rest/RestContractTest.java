package io.millrace.connect.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.connect.kafka.FakeCluster;
import io.millrace.connect.testing.RestClient;
import io.millrace.connect.worker.ConnectWorker;
import io.millrace.connect.worker.WorkerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Paths, status codes and JSON shapes that clients of Kafka Connect rely on. */
class RestContractTest {
    @TempDir static Path directory;
    private static final FakeCluster CLUSTER = new FakeCluster();
    private static ConnectWorker worker;
    private static RestClient rest;

    @BeforeAll
    static void start() throws Exception {
        Path secrets = directory.resolve("secrets.properties");
        Files.writeString(secrets, "topic=hidden-topic\n");
        worker =
                ConnectWorker.start(
                        WorkerConfig.parse(
                                "test",
                                Map.of(
                                        "bootstrap.servers",
                                        "fake:9092",
                                        "listeners",
                                        "http://127.0.0.1:0",
                                        "config.providers",
                                        "file",
                                        "config.providers.file.class",
                                        "org.apache.kafka.common.config.provider.FileConfigProvider")),
                        CLUSTER);
        rest = new RestClient(worker.restUrl());
    }

    @AfterAll
    static void stop() {
        worker.close();
    }

    private static Map<String, String> numbers(String name) {
        return RestClient.config(name, "NumbersSource", "topic", "t", "count", "5");
    }

    private static List<String> fields(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void rootAndHealth() {
        JsonNode root = rest.get("/").body();
        assertThat(root.path("kafka_cluster_id").asText()).isEqualTo("fake-cluster");
        assertThat(root.path("version").asText()).isEqualTo("4.3.1");
        assertThat(fields(root)).contains("version", "commit", "kafka_cluster_id");
        RestClient.Answer health = rest.get("/health");
        assertThat(health.status()).isEqualTo(200);
        assertThat(health.body().path("status").asText()).isEqualTo("healthy");
    }

    @Test
    void createAnswers201WithLocationThen409() {
        Map<String, Object> body = Map.of("name", "made", "config", numbers("made"));
        RestClient.Answer created = rest.post("/connectors", body);
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.headers().firstValue("Location")).hasValue("/connectors/made");
        assertThat(fields(created.body())).containsExactly("name", "config", "tasks", "type");
        assertThat(created.body().path("type").asText()).isEqualTo("source");
        assertThat(created.body().path("config").path("name").asText()).isEqualTo("made");
        RestClient.Answer again = rest.post("/connectors", body);
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.body().path("error_code").asInt()).isEqualTo(409);
        assertThat(again.body().path("message").asText())
                .isEqualTo("Connector made already exists");
        assertThat(rest.put("/connectors/made/config", numbers("made")).status()).isEqualTo(200);
        assertThat(rest.get("/connectors").body().toString()).contains("\"made\"");
    }

    @Test
    void statusAndTasksHaveKafkaConnectsShape() {
        rest.put("/connectors/shape/config", numbers("shape"));
        await().atMost(Duration.ofSeconds(10))
                .until(() -> rest.taskState("shape").equals("RUNNING"));
        JsonNode status = rest.get("/connectors/shape/status").body();
        assertThat(fields(status)).containsExactly("name", "connector", "tasks", "type");
        assertThat(fields(status.path("connector")))
                .containsExactly("state", "worker_id", "version");
        assertThat(fields(status.path("tasks").path(0)))
                .startsWith("id", "state", "worker_id", "version");
        JsonNode tasks = rest.get("/connectors/shape/tasks").body();
        assertThat(tasks.path(0).path("id").toString())
                .isEqualTo("{\"connector\":\"shape\",\"task\":0}");
        assertThat(tasks.path(0).path("config").path("task.class").asText())
                .isEqualTo("io.millrace.connect.testing.NumbersSource$NumbersTask");
        JsonNode all = rest.get("/connectors?expand=status&expand=info").body();
        assertThat(fields(all.path("shape"))).containsExactly("status", "info");
        await().atMost(Duration.ofSeconds(10))
                .until(
                        () ->
                                rest.get("/connectors/shape/topics")
                                        .body()
                                        .toString()
                                        .equals("{\"shape\":{\"topics\":[\"t\"]}}"));
        assertThat(rest.put("/connectors/shape/topics/reset", null).status()).isEqualTo(200);
    }

    @Test
    void whatIsNotThereIs404WithAMessage() {
        for (String path :
                List.of(
                        "/connectors/none",
                        "/connectors/none/config",
                        "/connectors/none/status",
                        "/connectors/none/tasks",
                        "/connectors/none/tasks/0/status",
                        "/connectors/none/offsets",
                        "/connectors/none/topics")) {
            RestClient.Answer answer = rest.get(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.body().path("error_code").asInt()).isEqualTo(404);
            assertThat(answer.body().path("message").asText())
                    .startsWith("Connector none not found");
        }
        assertThat(rest.put("/connectors/none/pause", null).status()).isEqualTo(404);
        assertThat(rest.delete("/connectors/none").status()).isEqualTo(404);
        assertThat(rest.post("/connectors/none/restart", null).status()).isEqualTo(404);
        assertThat(rest.get("/nonsense").status()).isEqualTo(404);
        assertThat(rest.get("/nonsense").body().path("error_code").asInt()).isEqualTo(404);
    }

    @Test
    void badRequestsSayWhatIsWrong() {
        assertThat(rest.put("/connectors/bad/config", "nonsense").status()).isEqualTo(400);
        assertThat(rest.put("/connectors/bad/config", "[]").status()).isEqualTo(400);
        RestClient.Answer otherName = rest.put("/connectors/bad/config", numbers("other"));
        assertThat(otherName.status()).isEqualTo(400);
        assertThat(otherName.body().path("message").asText()).contains("other");
        Map<String, String> unknownClass = numbers("bad");
        unknownClass.put("connector.class", "NumbersSorce");
        RestClient.Answer unknown = rest.put("/connectors/bad/config", unknownClass);
        assertThat(unknown.status()).isEqualTo(400);
        assertThat(unknown.body().path("message").asText()).contains("did you mean NumbersSource?");
        Map<String, String> invalid = numbers("bad");
        invalid.remove("topic");
        invalid.put("count", "many");
        RestClient.Answer errors = rest.put("/connectors/bad/config", invalid);
        assertThat(errors.status()).isEqualTo(400);
        assertThat(errors.body().path("message").asText())
                .contains("error(s):")
                .contains("\"topic\"")
                .contains("many");
        assertThat(rest.get("/connectors/bad").status()).isEqualTo(404);
        Map<String, String> exactlyOnce = numbers("bad");
        exactlyOnce.put("exactly.once.support", "required");
        assertThat(rest.put("/connectors/bad/config", exactlyOnce).body().toString())
                .contains("this worker delivers at least once");
    }

    @Test
    void bodiesAreBounded() {
        Map<String, String> large = numbers("large");
        large.put("filler", "x".repeat(1_100_000));
        assertThat(rest.put("/connectors/large/config", large).status()).isEqualTo(413);
    }

    @Test
    void pluginsAreListedAndValidated() {
        JsonNode plugins = rest.get("/connector-plugins").body();
        assertThat(plugins.toString())
                .contains(
                        "{\"class\":\"io.millrace.connect.testing.NumbersSource\",\"type\":\"source\",\"version\":\"1.2.3\"}")
                .contains("\"type\":\"sink\"")
                .doesNotContain("\"type\":\"converter\"");
        assertThat(rest.get("/connector-plugins?connectorsOnly=false").body().toString())
                .contains("org.apache.kafka.connect.json.JsonConverter")
                .contains("\"type\":\"transformation\"")
                .contains("\"type\":\"predicate\"")
                .contains("\"type\":\"header_converter\"");
        JsonNode keys = rest.get("/connector-plugins/NumbersSource/config").body();
        assertThat(keys.path(0).path("name").asText()).isEqualTo("topic");
        assertThat(rest.get("/connector-plugins/Nothing/config").status()).isEqualTo(404);

        Map<String, String> config = numbers("v");
        config.put("count", "-1");
        config.put("secret", "hunter2");
        config.put("transforms", "a");
        config.put("transforms.a.type", "InsertField$Value");
        RestClient.Answer answer =
                rest.put("/connector-plugins/NumbersSource/config/validate", config);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(fields(answer.body()))
                .containsExactly("name", "error_count", "groups", "configs");
        assertThat(answer.body().path("error_count").asInt()).isEqualTo(1);
        assertThat(answer.body().toString())
                .doesNotContain("hunter2")
                .contains("transforms.a.static.field");
        JsonNode first = answer.body().path("configs").path(0);
        assertThat(fields(first.path("definition")))
                .containsExactly(
                        "name",
                        "type",
                        "required",
                        "default_value",
                        "importance",
                        "documentation",
                        "group",
                        "width",
                        "display_name",
                        "dependents",
                        "order");
        assertThat(fields(first.path("value")))
                .containsExactly("name", "value", "recommended_values", "errors", "visible");
    }

    @Test
    void secretsStayReferencesEverywhere() {
        Map<String, String> config = numbers("secretive");
        config.put("topic", "${file:" + directory.resolve("secrets.properties") + ":topic}");
        assertThat(rest.put("/connectors/secretive/config", config).status()).isEqualTo(201);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> CLUSTER.records("hidden-topic").size() == 5);
        for (String path : List.of("/config", "/tasks", "")) {
            assertThat(rest.get("/connectors/secretive" + path).body().toString())
                    .contains("${file:")
                    .doesNotContain("hidden-topic");
        }
        assertThat(CLUSTER.table("connect-configs").get("task-secretive-0"))
                .contains("${file:")
                .doesNotContain("hidden-topic");
    }

    @Test
    void initialStateIsObeyed() {
        Map<String, Object> body =
                Map.of("name", "parked", "config", numbers("parked"), "initial_state", "STOPPED");
        assertThat(rest.post("/connectors", body).status()).isEqualTo(201);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> rest.connectorState("parked").equals("STOPPED"));
        assertThat(rest.get("/connectors/parked/tasks").body()).isEmpty();
    }

    @Test
    void loggersAreListedAndSet() {
        assertThat(rest.get("/admin/loggers").body().path("root").path("level").asText())
                .isEqualTo("INFO");
        assertThat(rest.put("/admin/loggers/acme.x", Map.of("level", "DEBUG")).body().toString())
                .isEqualTo("[\"acme.x\"]");
        assertThat(rest.get("/admin/loggers/acme.x").body().path("level").asText())
                .isEqualTo("DEBUG");
        assertThat(
                        rest.put("/admin/loggers/acme.y?scope=cluster", Map.of("level", "WARN"))
                                .status())
                .isEqualTo(204);
        assertThat(rest.put("/admin/loggers/acme.x", Map.of("level", "LOUD")).status())
                .isEqualTo(404);
    }
}
