package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.broker.log.LogDirectory;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.PartitionRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several directories, seen through Apache's admin client. */
final class LogDirectoriesTest {
    @TempDir Path dir;

    @Test
    void partitionsAreSpreadAndMovedWhileTheyAreServed() throws Exception {
        String first = dir.resolve("a").toString();
        String second = dir.resolve("b").toString();
        try (RunningBroker broker = new RunningBroker(dir, "log.dirs", first + "," + second);
                Admin admin = broker.admin();
                KafkaProducer<String, String> producer = broker.producer()) {
            admin.createTopics(List.of(new NewTopic("spread", 4, (short) 1))).all().get();
            for (int i = 0; i < 200; i++) {
                producer.send(new ProducerRecord<>("spread", i % 4, null, "v" + i)).get();
            }
            assertThat(holding(admin, first, "spread")).hasSize(2);
            assertThat(holding(admin, second, "spread")).hasSize(2);
            assertThat(dir.resolve("a/meta.properties")).content().contains("cluster.id=");
            assertThat(dir.resolve("b/meta.properties")).content().contains("cluster.id=");
            for (int partition = 0; partition < 4; partition++) {
                admin.alterReplicaLogDirs(
                                Map.of(new TopicPartitionReplica("spread", partition, 0), second))
                        .all()
                        .get();
            }
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> holding(admin, second, "spread").size() == 4);
            for (int i = 200; i < 240; i++) {
                producer.send(new ProducerRecord<>("spread", i % 4, null, "v" + i)).get();
            }
            broker.restart();
            assertThat(Files.isDirectory(dir.resolve("b/spread-0"))).isTrue();
            try (KafkaConsumer<String, String> consumer = broker.consumer("")) {
                consumer.assign(
                        List.of(
                                new TopicPartition("spread", 0),
                                new TopicPartition("spread", 1),
                                new TopicPartition("spread", 2),
                                new TopicPartition("spread", 3)));
                consumer.seekToBeginning(consumer.assignment());
                var records = RunningBroker.poll(consumer, all -> all.size() >= 240);
                assertThat(records).extracting(record -> record.value()).doesNotHaveDuplicates();
                assertThat(records).hasSize(240);
            }
        }
    }

    @Test
    void aFailedDirectoryMovesTheLeadersThatWereInItAndNoOthers() throws Exception {
        try (RunningCluster cluster = new RunningCluster(dir, 3, 2);
                Admin admin = cluster.admin(1)) {
            admin.createTopics(
                            List.of(
                                    new NewTopic("copied", 6, (short) 3)
                                            .configs(Map.of("min.insync.replicas", "2"))))
                    .all()
                    .get();
            cluster.awaitImage(image -> directoriesAreKnown(image, "copied"));
            LogDirectory lost = cluster.broker(1).core().partitions().directories().get(1);
            try (KafkaProducer<String, String> producer = producer(cluster)) {
                for (int i = 0; i < 60; i++) {
                    producer.send(new ProducerRecord<>("copied", i % 6, null, "v" + i)).get();
                }
                lost.fail("the test takes it away", new java.io.IOException("no such device"));
                cluster.awaitImage(
                        image ->
                                image.topic("copied").partitions().stream()
                                        .noneMatch(
                                                partition ->
                                                        partition.leader() == 1
                                                                && partition
                                                                        .directory(1)
                                                                        .equals(lost.id())));
                for (int i = 60; i < 120; i++) {
                    producer.send(new ProducerRecord<>("copied", i % 6, null, "v" + i)).get();
                }
            }
            assertThat(cluster.broker(1).stopped()).isNotDone();
            assertThat(cluster.broker(1).metadata().image().broker(1).fenced()).isFalse();
        }
    }

    private static boolean directoriesAreKnown(MetadataImage image, String topic) {
        return image.topic(topic) != null
                && image.topic(topic).partitions().stream()
                        .allMatch(
                                partition ->
                                        partition.replicas().stream()
                                                .noneMatch(
                                                        node ->
                                                                PartitionRecord.NO_DIRECTORY.equals(
                                                                        partition.directory(
                                                                                node))));
    }

    private static KafkaProducer<String, String> producer(RunningCluster cluster) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", cluster.bootstrap(), "acks", "all"),
                new StringSerializer(),
                new StringSerializer());
    }

    private static List<TopicPartition> holding(Admin admin, String path, String topic)
            throws Exception {
        LogDirDescription description =
                admin.describeLogDirs(List.of(0)).allDescriptions().get().get(0).get(path);
        return description.replicaInfos().entrySet().stream()
                .filter(entry -> entry.getKey().topic().equals(topic))
                .filter(entry -> !entry.getValue().isFuture())
                .map(Map.Entry::getKey)
                .toList();
    }
}
