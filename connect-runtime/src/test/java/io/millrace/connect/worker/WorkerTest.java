package io.millrace.connect.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.connect.kafka.FakeCluster;
import io.millrace.connect.testing.Probe;
import io.millrace.connect.testing.RestClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.kafka.connect.errors.RetriableException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A whole worker on a cluster in memory, driven through its REST API. */
class WorkerTest {
    private final FakeCluster cluster = new FakeCluster();
    private ConnectWorker worker;
    private RestClient rest;

    @BeforeEach
    void start() {
        worker = startWorker(Map.of());
        rest = new RestClient(worker.restUrl());
    }

    private ConnectWorker startWorker(Map<String, String> more) {
        Map<String, String> config = new TreeMap<>();
        config.put("bootstrap.servers", "fake:9092");
        config.put("listeners", "http://127.0.0.1:0");
        config.put("offset.flush.interval.ms", "50");
        config.put("errors.restart.delay.ms", "20");
        config.put("task.shutdown.graceful.timeout.ms", "2000");
        config.putAll(more);
        return ConnectWorker.start(WorkerConfig.parse("test", config), cluster);
    }

    @AfterEach
    void stop() {
        worker.close();
    }

    private static Map<String, String> numbers(String name, String... more) {
        Map<String, String> config =
                RestClient.config(name, "NumbersSource", "topic", name + "-topic", "count", "100");
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return config;
    }

    private static void eventually(Runnable assertion) {
        await().atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(assertion::run);
    }

    private void create(String name, Map<String, String> config) {
        assertThat(rest.put("/connectors/" + name + "/config", config).status()).isEqualTo(201);
    }

    @Test
    void sourceRecordsArriveInOrderAndTheirOffsetIsStored() {
        create("orders", numbers("orders"));
        eventually(() -> assertThat(cluster.records("orders-topic")).hasSize(100));
        assertThat(cluster.values("orders-topic").get(42)).isEqualTo("\"v42\"");
        eventually(
                () ->
                        assertThat(cluster.table("connect-offsets"))
                                .containsEntry("[\"orders\",{\"part\":\"0\"}]", "{\"n\":99}"));
        eventually(
                () ->
                        assertThat(Probe.of("orders").committedRecords)
                                .containsExactlyElementsOf(
                                        LongStream.range(0, 100).boxed().toList()));
        assertThat(rest.taskState("orders")).isEqualTo("RUNNING");
        assertThat(
                        rest.get("/connectors/orders/status")
                                .body()
                                .path("tasks")
                                .path(0)
                                .path("progress")
                                .path("records")
                                .asInt())
                .isEqualTo(100);
    }

    @Test
    void anotherWorkerGoesOnFromTheStoredOffset() {
        create("again", numbers("again"));
        eventually(
                () ->
                        assertThat(cluster.table("connect-offsets"))
                                .containsEntry("[\"again\",{\"part\":\"0\"}]", "{\"n\":99}"));
        worker.close();
        assertThat(cluster.table("connect-status").get("status-task-again-0"))
                .contains("UNASSIGNED");
        worker = startWorker(Map.of());
        rest = new RestClient(worker.restUrl());
        eventually(() -> assertThat(Probe.of("again").startedFrom).isEqualTo(100));
        assertThat(cluster.records("again-topic")).hasSize(100);
    }

    @Test
    void offsetsAndCommitRecordWaitForTheFirstUnacknowledgedRecord() {
        cluster.holdAcks();
        create("held", numbers("held", "count", "10"));
        eventually(() -> assertThat(cluster.heldAcks()).isEqualTo(10));
        cluster.releaseAck(9);
        cluster.releaseAck(3);
        cluster.releaseAck(0);
        eventually(() -> assertThat(Probe.of("held").committedRecords).containsExactly(0L));
        eventually(
                () ->
                        assertThat(cluster.table("connect-offsets"))
                                .containsEntry("[\"held\",{\"part\":\"0\"}]", "{\"n\":0}"));
        cluster.releaseAcks();
        eventually(
                () ->
                        assertThat(Probe.of("held").committedRecords)
                                .containsExactlyElementsOf(
                                        LongStream.range(0, 10).boxed().toList()));
    }

    @Test
    void recordsDroppedByAFilterCountAsDurable() {
        create(
                "dropped",
                numbers(
                        "dropped",
                        "transforms",
                        "drop",
                        "transforms.drop.type",
                        "org.apache.kafka.connect.transforms.Filter"));
        eventually(
                () ->
                        assertThat(cluster.table("connect-offsets"))
                                .containsEntry("[\"dropped\",{\"part\":\"0\"}]", "{\"n\":99}"));
        assertThat(cluster.records("dropped-topic")).isEmpty();
        assertThat(Probe.of("dropped").committedRecords).hasSize(100);
    }

    @Test
    void predicatesDecideWhereATransformApplies() {
        create(
                "routed",
                numbers(
                        "routed",
                        "transforms",
                        "route",
                        "transforms.route.type",
                        "RegexRouter",
                        "transforms.route.regex",
                        ".*",
                        "transforms.route.replacement",
                        "elsewhere",
                        "transforms.route.predicate",
                        "other",
                        "transforms.route.negate",
                        "true",
                        "predicates",
                        "other",
                        "predicates.other.type",
                        "TopicNameMatches",
                        "predicates.other.pattern",
                        "nothing-like-it"));
        eventually(() -> assertThat(cluster.records("elsewhere")).hasSize(100));
    }

    @Test
    void aFailedTaskStartsAgainByItselfAndGoesOn() {
        AtomicInteger failures = new AtomicInteger();
        Probe.of("flaky").onStart =
                () -> {
                    if (failures.incrementAndGet() <= 2) {
                        throw new IllegalStateException(
                                "no connection", new java.io.IOException("refused"));
                    }
                };
        create("flaky", numbers("flaky"));
        eventually(() -> assertThat(cluster.records("flaky-topic")).hasSize(100));
        assertThat(failures.get()).isEqualTo(3);
        eventually(() -> assertThat(rest.taskState("flaky")).isEqualTo("RUNNING"));
    }

    @Test
    void aTaskWithAWrongConfigStaysFailedAndSaysTheRootCauseFirst() {
        Probe.of("wrong").onStart =
                () -> {
                    throw new org.apache.kafka.common.config.ConfigException(
                            "slot.name is missing");
                };
        create("wrong", numbers("wrong"));
        eventually(() -> assertThat(rest.taskState("wrong")).isEqualTo("FAILED"));
        String trace = rest.get("/connectors/wrong/tasks/0/status").body().path("trace").asText();
        assertThat(trace).startsWith("ConfigException: slot.name is missing");
        assertThat(Probe.of("wrong").starts.get()).isEqualTo(1);
        Probe.of("wrong").onStart = () -> {};
        assertThat(rest.post("/connectors/wrong/tasks/0/restart", null).status()).isEqualTo(204);
        eventually(() -> assertThat(rest.taskState("wrong")).isEqualTo("RUNNING"));
    }

    @Test
    void restartOfFailedTasksGoesThroughTheConfigTopic() {
        Probe.of("failing").onStart =
                () -> {
                    throw new org.apache.kafka.common.config.ConfigException("bad");
                };
        create("failing", numbers("failing"));
        eventually(() -> assertThat(rest.taskState("failing")).isEqualTo("FAILED"));
        Probe.of("failing").onStart = () -> {};
        RestClient.Answer plan =
                rest.post("/connectors/failing/restart?includeTasks=true&onlyFailed=true", null);
        assertThat(plan.status()).isEqualTo(202);
        assertThat(plan.body().path("tasks").path(0).path("state").asText())
                .isEqualTo("RESTARTING");
        eventually(() -> assertThat(rest.taskState("failing")).isEqualTo("RUNNING"));
        assertThat(cluster.table("connect-configs"))
                .containsEntry(
                        "restart-connector-failing",
                        "{\"include-tasks\":true,\"only-failed\":true}");
    }

    @Test
    void aRefusedRecordFailsTheTaskOrIsSkippedAsTheConfigSays() {
        cluster.refuse(
                record ->
                        record.value() != null
                                && new String(
                                                record.value(),
                                                java.nio.charset.StandardCharsets.UTF_8)
                                        .equals("\"v5\""));
        create("refused", numbers("refused", "errors.restart.enable", "false"));
        eventually(() -> assertThat(rest.taskState("refused")).isEqualTo("FAILED"));
        create("skipping", numbers("skipping", "errors.tolerance", "all"));
        eventually(() -> assertThat(cluster.records("skipping-topic")).hasSize(99));
        eventually(
                () ->
                        assertThat(cluster.table("connect-offsets"))
                                .containsEntry("[\"skipping\",{\"part\":\"0\"}]", "{\"n\":99}"));
    }

    @Test
    void pauseStopsPollingAndResumeGoesOn() {
        create("paused", numbers("paused", "count", "1000000"));
        eventually(() -> assertThat(cluster.records("paused-topic")).isNotEmpty());
        assertThat(rest.put("/connectors/paused/pause", null).status()).isEqualTo(202);
        eventually(() -> assertThat(rest.taskState("paused")).isEqualTo("PAUSED"));
        eventually(() -> assertThat(rest.connectorState("paused")).isEqualTo("PAUSED"));
        int size = cluster.records("paused-topic").size();
        assertThat(rest.put("/connectors/paused/resume", null).status()).isEqualTo(202);
        eventually(() -> assertThat(cluster.records("paused-topic").size()).isGreaterThan(size));
        eventually(() -> assertThat(rest.taskState("paused")).isEqualTo("RUNNING"));
    }

    @Test
    void stopTakesTasksAwayAndAllowsToChangeOffsets() {
        create("stopped", numbers("stopped"));
        eventually(() -> assertThat(cluster.records("stopped-topic")).hasSize(100));
        Map<String, Object> change =
                Map.of(
                        "offsets",
                        List.of(
                                Map.of(
                                        "partition",
                                        Map.of("part", "0"),
                                        "offset",
                                        Map.of("n", 49))));
        assertThat(rest.patch("/connectors/stopped/offsets", change).status()).isEqualTo(400);
        assertThat(rest.put("/connectors/stopped/stop", null).status()).isEqualTo(204);
        eventually(() -> assertThat(rest.connectorState("stopped")).isEqualTo("STOPPED"));
        eventually(
                () -> assertThat(rest.get("/connectors/stopped/tasks").body().size()).isEqualTo(0));
        assertThat(cluster.table("connect-configs"))
                .containsEntry(
                        "target-state-stopped", "{\"state\":\"PAUSED\",\"state.v2\":\"STOPPED\"}")
                .containsEntry("commit-stopped", "{\"tasks\":0}");
        eventually(
                () ->
                        assertThat(rest.patch("/connectors/stopped/offsets", change).status())
                                .isEqualTo(200));
        assertThat(
                        rest.get("/connectors/stopped/offsets")
                                .body()
                                .path("offsets")
                                .path(0)
                                .path("offset")
                                .path("n")
                                .asInt())
                .isEqualTo(49);
        rest.put("/connectors/stopped/resume", null);
        eventually(() -> assertThat(Probe.of("stopped").startedFrom).isEqualTo(50));
        eventually(() -> assertThat(cluster.records("stopped-topic")).hasSize(150));
    }

    @Test
    void aNewConfigRestartsTheTasksWithIt() {
        create("changed", numbers("changed"));
        eventually(() -> assertThat(cluster.records("changed-topic")).hasSize(100));
        RestClient.Answer answer = rest.patch("/connectors/changed/config", Map.of("count", "200"));
        assertThat(answer.status()).isEqualTo(200);
        eventually(() -> assertThat(cluster.records("changed-topic")).hasSize(200));
        assertThat(Probe.of("changed").starts.get()).isEqualTo(2);
    }

    @Test
    void moreTaskConfigsThanAllowedFailTheConnector() {
        create("many", numbers("many", "tasks.wanted", "3", "errors.restart.enable", "false"));
        eventually(() -> assertThat(rest.connectorState("many")).isEqualTo("FAILED"));
        assertThat(
                        rest.get("/connectors/many/status")
                                .body()
                                .path("connector")
                                .path("trace")
                                .asText())
                .contains("generated 3 task configs but tasks.max is 1");
    }

    @Test
    void deletingAConnectorForgetsItsStatusAndKeepsItsOffsets() {
        create("gone", numbers("gone"));
        eventually(
                () ->
                        assertThat(cluster.table("connect-offsets"))
                                .containsKey("[\"gone\",{\"part\":\"0\"}]"));
        assertThat(rest.delete("/connectors/gone").status()).isEqualTo(204);
        assertThat(rest.get("/connectors/gone/status").status()).isEqualTo(404);
        eventually(
                () ->
                        assertThat(cluster.table("connect-status"))
                                .doesNotContainKeys("status-connector-gone", "status-task-gone-0"));
        assertThat(cluster.table("connect-offsets")).containsKey("[\"gone\",{\"part\":\"0\"}]");
        eventually(
                () -> assertThat(Probe.of("gone").calls).contains("task.stop", "connector.stop"));
    }

    @Test
    void sinkGetsRecordsAndCommitsWhatItWasGiven() {
        cluster.produce("in", null, "\"a\"");
        cluster.produce("in", null, "\"b\"");
        create("sink", RestClient.config("sink", "CollectSink", "topics", "in"));
        eventually(() -> assertThat(Probe.of("sink").put).containsExactly("a", "b"));
        eventually(
                () ->
                        assertThat(cluster.committed("connect-sink"))
                                .containsEntry(
                                        new TopicPartition("in", 0), new OffsetAndMetadata(2)));
        assertThat(rest.get("/connectors/sink/offsets").body().toString())
                .contains("\"kafka_offset\":2");
        rest.delete("/connectors/sink");
        eventually(() -> assertThat(Probe.of("sink").calls).endsWith("preCommit", "close", "stop"));
    }

    @Test
    void retriablePutIsDeliveredAgainWithTheSameRecords() {
        AtomicInteger attempts = new AtomicInteger();
        Probe.of("retry").onPut =
                records -> {
                    if (!records.isEmpty() && attempts.incrementAndGet() < 3) {
                        assertThat(records).hasSize(1);
                        throw new RetriableException("target is away");
                    }
                };
        cluster.produce("in-retry", null, "\"a\"");
        create("retry", RestClient.config("retry", "CollectSink", "topics", "in-retry"));
        eventually(() -> assertThat(Probe.of("retry").put).containsExactly("a"));
        assertThat(attempts.get()).isEqualTo(3);
        cluster.produce("in-retry", null, "\"b\"");
        eventually(() -> assertThat(Probe.of("retry").put).containsExactly("a", "b"));
    }

    @Test
    void failedPreCommitReadsAgainFromTheLastCommittedOffset() {
        AtomicInteger calls = new AtomicInteger();
        Probe.of("rewind").onPreCommit =
                () -> {
                    if (Probe.of("rewind").put.size() == 1 && calls.incrementAndGet() == 1) {
                        throw new IllegalStateException("flush failed");
                    }
                };
        cluster.produce("in-rewind", null, "\"a\"");
        create("rewind", RestClient.config("rewind", "CollectSink", "topics", "in-rewind"));
        eventually(() -> assertThat(Probe.of("rewind").put).containsExactly("a", "a"));
    }

    @Test
    void badRecordsGoToTheDeadLetterTopicWithTheReason() {
        cluster.produce("in-dlq", "k", "not json");
        cluster.produce("in-dlq", "\"k\"", "\"fine\"");
        cluster.produce("in-dlq", "\"k\"", "\"errant\"");
        create(
                "letters",
                RestClient.config(
                        "letters",
                        "CollectSink",
                        "topics",
                        "in-dlq",
                        "errors.tolerance",
                        "all",
                        "errors.deadletterqueue.topic.name",
                        "dead",
                        "errors.deadletterqueue.context.headers.enable",
                        "true"));
        eventually(() -> assertThat(Probe.of("letters").put).containsExactly("fine", "errant"));
        eventually(
                () -> assertThat(cluster.values("dead")).containsExactly("not json", "\"errant\""));
        ConsumerRecord<byte[], byte[]> letter = cluster.records("dead").get(1);
        assertThat(header(letter, "__connect.errors.topic")).isEqualTo("in-dlq");
        assertThat(header(letter, "__connect.errors.offset")).isEqualTo("2");
        assertThat(header(letter, "__connect.errors.stage")).isEqualTo("TASK_PUT");
        assertThat(header(letter, "__connect.errors.exception.message")).isEqualTo("errant indeed");
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String key) {
        return new String(
                record.headers().last(key).orElseThrow().value(),
                java.nio.charset.StandardCharsets.UTF_8);
    }

    @Test
    void aSecondWorkerTakesItsShareAndTheRestWhenTheFirstLeaves() {
        create("shared", numbers("shared", "tasks.max", "8", "count", "100000000"));
        eventually(
                () ->
                        assertThat(
                                        rest.get("/connectors/shared/status")
                                                .body()
                                                .path("tasks")
                                                .size())
                                .isEqualTo(8));
        try (ConnectWorker second = startWorker(Map.of())) {
            RestClient other = new RestClient(second.restUrl());
            String secondId = second.restUrl().substring("http://".length());
            eventually(
                    () -> {
                        long there = 0;
                        var tasks = other.get("/connectors/shared/status").body().path("tasks");
                        for (var task : tasks) {
                            assertThat(task.path("state").asText()).isEqualTo("RUNNING");
                            there += task.path("worker_id").asText().equals(secondId) ? 1 : 0;
                        }
                        assertThat(there).isBetween(1L, 7L);
                    });
            worker.close();
            eventually(
                    () -> {
                        var tasks = other.get("/connectors/shared/status").body().path("tasks");
                        for (var task : tasks) {
                            assertThat(task.path("state").asText()).isEqualTo("RUNNING");
                            assertThat(task.path("worker_id").asText()).isEqualTo(secondId);
                        }
                    });
        }
        worker = startWorker(Map.of());
    }
}
