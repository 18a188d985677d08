package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.NewTopic;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.clients.producer.SendCallback;
import io.millrace.clients.serde.Serdes;
import io.millrace.peers.ApacheKafkaBroker;
import io.millrace.peers.PeerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stream jobs on a real Apache Kafka broker, as processes that are killed. */
class StreamJobOnKafkaTest {
    private static final int PARTITIONS = 3;
    private static final int LINES = 12_000;
    private static ApacheKafkaBroker broker;
    private static Admin admin;

    @TempDir Path directory;

    @BeforeAll
    static void startBroker() {
        broker = ApacheKafkaBroker.start();
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
        admin.createTopics(
                        List.of(
                                new NewTopic("lines", PARTITIONS, 1),
                                new NewTopic("counts-out", PARTITIONS, 1)))
                .join();
    }

    @AfterAll
    static void stopBroker() {
        admin.close();
        broker.close();
    }

    @Test
    void countsEveryWordOnceAlthoughInstancesAreKilledAllTheTime() {
        PeerProcess one = startJob("one", 0);
        PeerProcess two = startJob("two", 0);
        Map<String, Long> expected = new HashMap<>();
        try (Producer<String, String> producer =
                Producer.create(
                        Map.of("bootstrap.servers", broker.bootstrap()),
                        Serdes.string().serializer(),
                        Serdes.string().serializer())) {
            Random random = new Random(7);
            for (int i = 0; i < LINES; i++) {
                String line = "w" + random.nextInt(200) + " w" + random.nextInt(50) + " all";
                for (String word : line.split(" ")) {
                    expected.merge(word, 1L, Long::sum);
                }
                producer.send(
                        new ProducerRecord<>("lines", "k" + random.nextInt(100), line),
                        SendCallback.ignoring());
                if (i % 2000 == 1999) {
                    producer.flush();
                    long seen = i;
                    await().atMost(Duration.ofSeconds(30))
                            .until(() -> endOffsets("counts-out") > seen / 100);
                    if (i / 2000 % 2 == 0) {
                        one.kill();
                        one = startJob("one", i);
                    } else {
                        two.kill();
                        two = startJob("two", i);
                    }
                }
            }
            producer.flush();
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(500))
                    .untilAsserted(() -> assertThat(lastCounts()).isEqualTo(expected));
        } finally {
            one.kill();
            two.kill();
        }
    }

    private PeerProcess startJob(String name, int attempt) {
        return PeerProcess.startJava(
                System.getProperty("java.class.path"),
                List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                List.of(
                        WordCountJob.class.getName(),
                        broker.bootstrap(),
                        directory.resolve("state-" + name).toString()),
                Path.of("target/job-" + name + "-" + attempt + ".log"));
    }

    private static long endOffsets(String topic) {
        return lastCounts(topic, true).values().stream().mapToLong(Long::longValue).sum();
    }

    private static Map<String, Long> lastCounts() {
        return lastCounts("counts-out", false);
    }

    /** The last value of every key, or the end offset of every partition. */
    private static Map<String, Long> lastCounts(String topic, boolean endsOnly) {
        Map<String, Long> found = new HashMap<>();
        try (Consumer<String, Long> consumer =
                Consumer.create(
                        Map.of("bootstrap.servers", broker.bootstrap()),
                        Serdes.string().deserializer(),
                        Serdes.longs().deserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (int i = 0; i < PARTITIONS; i++) {
                partitions.add(new TopicPartition(topic, i));
            }
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            if (endsOnly) {
                ends.forEach((partition, end) -> found.put(partition.toString(), end));
                return found;
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                for (ConsumerRecord<String, Long> record : consumer.poll(Duration.ofMillis(200))) {
                    found.put(record.key(), record.value());
                }
            }
        }
        return found;
    }
}
