package io.millrace.connect.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.connect.kafka.KafkaClients;
import io.millrace.connect.testing.Probe;
import io.millrace.connect.testing.RestClient;
import io.millrace.connect.testing.WorkerProcess;
import io.millrace.peers.ApacheConnectWorker;
import io.millrace.peers.ApacheKafkaBroker;
import io.millrace.peers.PeerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The worker on a real cluster: Apache Kafka 4.3.1, once with topics that Apache's worker left
 * behind.
 */
class ApacheClusterTest {
    @TempDir static Path directory;
    private static ApacheKafkaBroker broker;
    private static KafkaClients clients;

    @BeforeAll
    static void startBroker() {
        broker = ApacheKafkaBroker.start();
        clients =
                KafkaClients.of(
                        Map.of("bootstrap.servers", broker.bootstrap()), Map.of(), Map.of());
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    private static ConnectWorker worker(String group, String... more) {
        Map<String, String> config = new TreeMap<>();
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("group.id", group);
        config.put("config.storage.topic", group + "-configs");
        config.put("offset.storage.topic", group + "-offsets");
        config.put("status.storage.topic", group + "-status");
        config.put("offset.storage.partitions", "3");
        config.put("listeners", "http://127.0.0.1:0");
        config.put("offset.flush.interval.ms", "200");
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return ConnectWorker.start(WorkerConfig.parse("test", config));
    }

    private static void eventually(Runnable assertion) {
        await().atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(assertion::run);
    }

    private static List<String> values(String topic, int atLeast) {
        List<String> values = new ArrayList<>();
        try (Consumer<byte[], byte[]> consumer = clients.consumer("reader", Map.of())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            await().atMost(Duration.ofSeconds(30))
                    .until(
                            () -> {
                                for (ConsumerRecord<byte[], byte[]> record :
                                        consumer.poll(Duration.ofMillis(200))) {
                                    values.add(new String(record.value(), StandardCharsets.UTF_8));
                                }
                                return values.size() >= atLeast;
                            });
        }
        return values;
    }

    @Test
    void recordsGoInAndOutAndARestartGoesOnWhereItStopped() {
        Map<String, String> source =
                RestClient.config("in", "NumbersSource", "topic", "numbers", "count", "500");
        Map<String, String> sink = RestClient.config("out", "CollectSink", "topics", "numbers");
        try (ConnectWorker worker = worker("through")) {
            RestClient rest = new RestClient(worker.restUrl());
            assertThat(rest.put("/connectors/in/config", source).status()).isEqualTo(201);
            assertThat(rest.put("/connectors/out/config", sink).status()).isEqualTo(201);
            eventually(() -> assertThat(Probe.of("out").put).hasSize(500));
            eventually(
                    () ->
                            assertThat(rest.get("/connectors/in/offsets").body().toString())
                                    .contains("{\"n\":499}"));
            eventually(
                    () ->
                            assertThat(rest.get("/connectors/out/offsets").body().toString())
                                    .contains("\"kafka_offset\":500"));
        }
        try (ConnectWorker worker = worker("through")) {
            RestClient rest = new RestClient(worker.restUrl());
            rest.patch("/connectors/in/config", Map.of("count", "600"));
            eventually(() -> assertThat(Probe.of("out").put).hasSize(600));
            assertThat(Probe.of("in").startedFrom).isEqualTo(500);
        }
        assertThat(values("numbers", 600)).hasSize(600).doesNotHaveDuplicates();
    }

    @Test
    void aClusterOfApachesWorkersIsTakenOverAndHandedBack() throws Exception {
        Path lines = directory.resolve("lines.txt");
        Files.writeString(lines, "one\ntwo\n");
        Map<String, String> config =
                RestClient.config(
                        "lines",
                        "org.apache.kafka.connect.file.FileStreamSourceConnector",
                        "topic",
                        "lines",
                        "file",
                        lines.toString(),
                        "value.converter",
                        "org.apache.kafka.connect.storage.StringConverter");
        Path plugins = Files.createDirectories(directory.resolve("plugins/file"));
        Files.copy(fileConnectorJar(), plugins.resolve("connect-file.jar"));
        Map<String, String> names =
                Map.of(
                        "group.id", "moved",
                        "config.storage.topic", "moved-configs",
                        "offset.storage.topic", "moved-offsets",
                        "status.storage.topic", "moved-status",
                        "offset.storage.partitions", "3");
        String pluginPath = directory.resolve("plugins").toString();
        try (ApacheConnectWorker theirs =
                ApacheConnectWorker.start(broker.bootstrap(), pluginPath, names)) {
            RestClient rest = new RestClient(theirs.restUrl());
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> rest.put("/connectors/lines/config", config).status() == 201);
            assertThat(values("lines", 2)).containsExactly("one", "two");
            eventually(
                    () ->
                            assertThat(rest.get("/connectors/lines/offsets").body().toString())
                                    .contains("\"position\":8"));
        }
        Files.writeString(lines, "one\ntwo\nthree\n");
        try (ConnectWorker ours = worker("moved", "plugin.path", pluginPath)) {
            RestClient rest = new RestClient(ours.restUrl());
            assertThat(rest.get("/connectors").body().toString()).isEqualTo("[\"lines\"]");
            eventually(() -> assertThat(rest.taskState("lines")).isEqualTo("RUNNING"));
            assertThat(values("lines", 3)).containsExactly("one", "two", "three");
            eventually(
                    () ->
                            assertThat(rest.get("/connectors/lines/offsets").body().toString())
                                    .contains("\"position\":14"));
        }
        Files.writeString(lines, "one\ntwo\nthree\nfour\n");
        try (ApacheConnectWorker theirs =
                ApacheConnectWorker.start(broker.bootstrap(), pluginPath, names)) {
            RestClient rest = new RestClient(theirs.restUrl());
            eventually(() -> assertThat(rest.taskState("lines")).isEqualTo("RUNNING"));
            assertThat(values("lines", 4)).containsExactly("one", "two", "three", "four");
        }
    }

    @Test
    void killedWorkersLoseNothingAndTheNextGoesOn() {
        Map<String, String> source =
                RestClient.config(
                        "killed", "NumbersSource", "topic", "kills", "count", "1000000000");
        int kills = 2;
        for (int round = 0; round <= kills; round++) {
            PeerProcess process = process("kills", directory.resolve("worker-" + round + ".out"));
            try {
                RestClient rest = new RestClient(restUrl(process));
                if (round == 0) {
                    rest.put("/connectors/killed/config", source);
                }
                int before = round;
                eventually(
                        () -> {
                            JsonNode task = rest.get("/connectors/killed/tasks/0/status").body();
                            assertThat(task.path("progress").path("records").asInt())
                                    .as("round " + before)
                                    .isGreaterThan(300);
                        });
            } finally {
                process.kill();
            }
        }
        long next = 0;
        for (String value : values("kills", 900)) {
            long number = Long.parseLong(value.substring(2, value.length() - 1));
            assertThat(number).as("no gap before " + value).isLessThanOrEqualTo(next);
            next = Math.max(next, number + 1);
        }
        assertThat(next).isGreaterThan(450);
    }

    private static PeerProcess process(String group, Path log) {
        PeerProcess process =
                PeerProcess.startJava(
                        System.getProperty("java.class.path"),
                        List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                        List.of(
                                WorkerProcess.class.getName(),
                                "bootstrap.servers=" + broker.bootstrap(),
                                "group.id=" + group,
                                "config.storage.topic=" + group + "-configs",
                                "offset.storage.topic=" + group + "-offsets",
                                "status.storage.topic=" + group + "-status",
                                "offset.storage.partitions=3",
                                "session.timeout.ms=6000",
                                "offset.flush.interval.ms=50",
                                "listeners=http://127.0.0.1:0"),
                        log);
        process.awaitReady(
                "worker", Duration.ofSeconds(60), () -> process.output().contains("REST at "));
        return process;
    }

    static String restUrl(PeerProcess process) {
        String output = process.output();
        int from = output.indexOf("REST at ") + "REST at ".length();
        return output.substring(from, output.indexOf('\n', from)).strip();
    }

    /** Apache's file connector, from where the build put the peers' jars. */
    private static Path fileConnectorJar() throws Exception {
        try (var in = ApacheKafkaBroker.class.getResourceAsStream("apache-kafka.classpath")) {
            String all = new String(in.readAllBytes(), StandardCharsets.UTF_8).trim();
            for (String jar : all.split(":")) {
                if (jar.contains("connect-file")) {
                    return Path.of(jar);
                }
            }
        }
        throw new IllegalStateException("connect-file is not among the peers' jars");
    }

    @Test
    void deadLettersAndErrorsOnARealCluster() {
        try (Producer<byte[], byte[]> producer = clients.producer("test", Map.of())) {
            producer.send(new ProducerRecord<>("letters-in", Utils.utf8("not json"))).join();
            producer.send(new ProducerRecord<>("letters-in", Utils.utf8("\"fine\""))).join();
        }
        try (ConnectWorker worker = worker("letters")) {
            RestClient rest = new RestClient(worker.restUrl());
            rest.put(
                    "/connectors/dlq/config",
                    RestClient.config(
                            "dlq",
                            "CollectSink",
                            "topics",
                            "letters-in",
                            "errors.tolerance",
                            "all",
                            "errors.deadletterqueue.topic.name",
                            "letters-dead"));
            eventually(() -> assertThat(Probe.of("dlq").put).containsExactly("fine"));
            assertThat(values("letters-dead", 1)).containsExactly("not json");
        }
    }
}
