package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three real brokers hold the same records, whoever of them is away for a while. */
class ReplicatedClusterTest {
    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 6;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    @TempDir Path dir;

    @Test
    void aBrokerThatWasAwayCatchesUpAndAllLogsAreTheSame() throws Exception {
        try (RunningCluster cluster = new RunningCluster(dir, 3)) {
            try (Admin admin = cluster.admin(1)) {
                admin.createTopics(
                                List.of(
                                        new NewTopic(TOPIC, PARTITIONS, (short) 3)
                                                .configs(Map.of("min.insync.replicas", "2"))))
                        .all()
                        .get();
            }
            send(cluster, "first", 600);
            cluster.stop(3);
            cluster.awaitImage(image -> isrsAre(image.topic(TOPIC), 2));
            send(cluster, "meanwhile", 600);
            cluster.start(3);
            cluster.awaitImage(image -> isrsAre(image.topic(TOPIC), 3));
            send(cluster, "last", 600);
            await(() -> logs(1).equals(logs(2)) && logs(1).equals(logs(3)));
            assertThat(logs(1)).allMatch(length -> length.length() > 2);
        }
    }

    private static boolean isrsAre(TopicImage topic, int size) {
        return topic != null
                && topic.partitions().stream()
                        .map(PartitionImage::isr)
                        .allMatch(isr -> isr.size() == size);
    }

    private static void send(RunningCluster cluster, String prefix, int count) throws Exception {
        Map<String, Object> config =
                Map.of("bootstrap.servers", cluster.bootstrap(), "acks", "all", "linger.ms", 1);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < count; i++) {
                sent.add(
                        producer.send(
                                new ProducerRecord<>(
                                        TOPIC, i % PARTITIONS, null, prefix + "-" + i)));
            }
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
        }
    }

    /** Content of the log of each partition on one broker. */
    private List<String> logs(int broker) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            Path file =
                    dir.resolve("broker-" + broker)
                            .resolve(TOPIC + "-" + i)
                            .resolve("00000000000000000000.log");
            try {
                all.add(Arrays.toString(Files.readAllBytes(file)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return all;
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as("logs become the same").isNegative();
            LockSupport.parkNanos(20_000_000);
        }
    }
}
