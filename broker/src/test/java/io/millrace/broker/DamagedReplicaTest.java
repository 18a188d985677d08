package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One copy of three changes on its disk: nobody reads it, nobody loses by it, and it heals. */
final class DamagedReplicaTest {
    private static final TopicPartition PARTITION = new TopicPartition("kept", 0);
    private static final int RECORDS = 300;

    @TempDir Path dir;

    @Test
    void aTailThatIsDamagedOrMissingIsFetchedAgain() throws Exception {
        try (RunningCluster cluster = new RunningCluster(dir, 3)) {
            int victim = write(cluster);
            for (int round = 0; round < 2; round++) {
                int shorter = round;
                restartAfter(
                        cluster,
                        victim,
                        content -> {
                            content[content.length - 20] ^= 4;
                            return shorter == 0
                                    ? content
                                    : java.util.Arrays.copyOf(content, content.length - 700);
                        });
                awaitEqualCopies(cluster);
            }
        }
    }

    @Test
    void aLeaderWithDamageInItsMiddleHandsOverAndFetchesItAgain() throws Exception {
        try (RunningCluster cluster = new RunningCluster(dir, 3)) {
            int victim = write(cluster);
            restartAfter(
                    cluster,
                    victim,
                    content -> {
                        content[content.length / 2] ^= 4;
                        return content;
                    });
            try (Admin admin = cluster.admin(victim)) {
                cluster.awaitImage(image -> image.topic("kept").partition(0).isr().size() == 3);
                admin.electLeaders(ElectionType.PREFERRED, Set.of(PARTITION)).all().get();
            }
            try (KafkaConsumer<String, String> consumer =
                    new KafkaConsumer<>(
                            Map.of("bootstrap.servers", cluster.bootstrap()),
                            new StringDeserializer(),
                            new StringDeserializer())) {
                consumer.assign(List.of(PARTITION));
                consumer.seekToBeginning(List.of(PARTITION));
                var records = RunningBroker.poll(consumer, all -> all.size() >= RECORDS);
                for (int i = 0; i < RECORDS; i++) {
                    assertThat(records.get(i).value()).startsWith("v" + i + ".");
                }
            }
            awaitEqualCopies(cluster);
        }
    }

    /** Gives the broker that is to lead. */
    private static int write(RunningCluster cluster) throws Exception {
        try (Admin admin = cluster.admin(1);
                KafkaProducer<String, String> producer =
                        new KafkaProducer<>(
                                Map.of("bootstrap.servers", cluster.bootstrap(), "acks", "all"),
                                new StringSerializer(),
                                new StringSerializer())) {
            admin.createTopics(
                            List.of(
                                    new NewTopic("kept", 1, (short) 3)
                                            .configs(Map.of("min.insync.replicas", "2"))))
                    .all()
                    .get();
            for (int i = 0; i < RECORDS; i++) {
                String value = "v" + i + "." + "x".repeat(100);
                producer.send(new ProducerRecord<>("kept", 0, null, value)).get();
            }
        }
        return cluster.broker(1).metadata().image().topic("kept").partition(0).replicas().get(0);
    }

    /** What becomes of a file while its broker is stopped. */
    private interface Damage {
        byte[] of(byte[] content);
    }

    private void restartAfter(RunningCluster cluster, int victim, Damage damage)
            throws IOException {
        cluster.stop(victim);
        Path log = log(victim);
        Files.write(log, damage.of(Files.readAllBytes(log)));
        cluster.start(victim);
    }

    private void awaitEqualCopies(RunningCluster cluster) {
        await().atMost(Duration.ofSeconds(30)).until(() -> equal(1, 2) && equal(2, 3));
        cluster.awaitImage(image -> image.topic("kept").partition(0).isr().size() == 3);
        assertThat(equal(1, 2) && equal(2, 3)).isTrue();
    }

    private boolean equal(int one, int other) {
        try {
            return Files.mismatch(log(one), log(other)) < 0 && Files.size(log(one)) > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path log(int broker) {
        return dir.resolve("broker-" + broker + "/kept-0/00000000000000000000.log");
    }
}
