package io.millrace.system.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.peers.ApacheConnectWorker;
import io.millrace.system.BrokerUnderTest;
import io.millrace.system.PluginDirectory;
import io.millrace.system.foreign.connect.CountingSourceConnector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Apache Kafka Connect 4.3.1, distributed, with {@code exactly.once.source.support}: workers and
 * the broker are killed, and every number that a task counted is there once, in order.
 */
@Tag("slow")
class ConnectExactlyOnceTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String TOPIC = "counted";
    private static final int TASKS = 2;
    private static final int KILLS = 6;

    @TempDir private Path plugins;

    private final List<TopicPartition> partitions =
            List.of(new TopicPartition(TOPIC, 0), new TopicPartition(TOPIC, 1));
    private final Map<Integer, List<Long>> counted =
            Map.of(0, new ArrayList<>(), 1, new ArrayList<>());

    @Test
    void whatASourceCountsIsThereOnceThoughWorkersAndTheBrokerAreKilled() throws Exception {
        PluginDirectory.fill(plugins.resolve("counting"), List.of(CountingSourceConnector.class));
        Random random = new Random(KILLS);
        try (BrokerUnderTest broker = BrokerUnderTest.start("512m")) {
            createTopic(broker);
            ApacheConnectWorker worker = startWorker(broker);
            try (KafkaConsumer<String, String> reader = reader(broker)) {
                deploy(worker);
                for (int kill = 0; kill < KILLS; kill++) {
                    awaitMore(reader, 100 + random.nextInt(2000));
                    if (kill % 3 == 2) {
                        broker.kill();
                        broker.restart();
                    } else {
                        worker.process().kill();
                        worker.close();
                        worker = startWorker(broker);
                    }
                }
                awaitMore(reader, 1000);
            } finally {
                worker.close();
            }
        }
        for (int task = 0; task < TASKS; task++) {
            List<Long> numbers = counted.get(task);
            assertThat(numbers)
                    .as("what task %d counted", task)
                    .isEqualTo(LongStream.range(0, numbers.size()).boxed().toList());
        }
        CompatibilityTable.works(
                "kafka-connect",
                "4.3.1",
                "jobs.exactly-once source, workers and broker killed " + KILLS + " times");
    }

    private static void createTopic(BrokerUnderTest broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, TASKS, (short) 1))).all().get();
        }
    }

    private ApacheConnectWorker startWorker(BrokerUnderTest broker) {
        return ApacheConnectWorker.start(
                broker.bootstrap(),
                plugins.toString(),
                Map.of(
                        "exactly.once.source.support",
                        "enabled",
                        "offset.storage.partitions",
                        "5",
                        "status.storage.partitions",
                        "1",
                        "session.timeout.ms",
                        "6000",
                        "heartbeat.interval.ms",
                        "1000",
                        "scheduled.rebalance.max.delay.ms",
                        "0"));
    }

    private KafkaConsumer<String, String> reader(BrokerUnderTest broker) {
        KafkaConsumer<String, String> reader =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                broker.bootstrap(),
                                "isolation.level",
                                "read_committed"),
                        new StringDeserializer(),
                        new StringDeserializer());
        reader.assign(partitions);
        reader.seekToBeginning(partitions);
        return reader;
    }

    /** Reads on until both tasks have committed so many more numbers. */
    private void awaitMore(KafkaConsumer<String, String> reader, int more) {
        List<Integer> wanted = List.of(counted.get(0).size() + more, counted.get(1).size() + more);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(
                        () -> {
                            for (ConsumerRecord<String, String> record :
                                    reader.poll(Duration.ofMillis(200))) {
                                counted.get(record.partition()).add(Long.parseLong(record.value()));
                            }
                            return counted.get(0).size() >= wanted.get(0)
                                    && counted.get(1).size() >= wanted.get(1);
                        });
    }

    private static void deploy(ApacheConnectWorker worker) {
        String config =
                """
                {"connector.class": "%s", "tasks.max": "%d", "topic": "%s", "exactly.once.support": "required",
                 "transaction.boundary": "poll", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
                 "value.converter.schemas.enable": "false"}
                """
                        .formatted(CountingSourceConnector.class.getName(), TASKS, TOPIC);
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(worker.restUrl() + "/connectors/counting/config"))
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString(config))
                        .build();
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(
                                                HttpClient.newHttpClient()
                                                        .send(
                                                                request,
                                                                HttpResponse.BodyHandlers
                                                                        .ofString())
                                                        .body())
                                        .contains("\"tasks\""));
    }
}
