package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server, its embedded ZooKeeper included, on a file system that is full. */
class FullDiskOfServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final TopicPartition BULK = new TopicPartition("bulk", 0);

    @TempDir Path root;

    @Test
    void allButProducingWorksAndDeletingATopicHealsIt() throws Exception {
        String problem = run("mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", root.toString());
        assumeThat(problem).as("only root may mount: " + problem).isEmpty();
        try (MillraceServer server =
                MillraceServer.start(
                        root,
                        "96m",
                        Map.of(
                                "offsets.topic.num.partitions", "1",
                                "log.segment.delete.delay.ms", "100"))) {
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", server.bootstrap()))) {
                admin.createTopics(topics("bulk", "kept")).all().get();
                long written = fill(server);
                assertThat(written).isGreaterThan(20);
                admin.incrementalAlterConfigs(retention("kept")).all().get();
                admin.createTopics(topics("later")).all().get();
                commit(server);
                assertThat(readable(server)).isEqualTo(written);
                admin.deleteTopics(List.of("bulk")).all().get();
                await().atMost(PATIENCE).until(() -> takesRecords(server, "kept"));
            }
            assertThat(server.process().isAlive()).isTrue();
        } finally {
            run("umount", "--lazy", root.toString());
        }
    }

    private static List<NewTopic> topics(String... names) {
        return java.util.Arrays.stream(names)
                .map(name -> new NewTopic(name, 1, (short) 1))
                .toList();
    }

    private static Map<ConfigResource, Collection<AlterConfigOp>> retention(String topic) {
        return Map.of(
                new ConfigResource(ConfigResource.Type.TOPIC, topic),
                List.of(
                        new AlterConfigOp(
                                new ConfigEntry("retention.ms", "1000000"),
                                AlterConfigOp.OpType.SET)));
    }

    /** Records that were taken before the disk was full. */
    private static long fill(MillraceServer server) throws InterruptedException {
        try (KafkaProducer<byte[], byte[]> producer = producer(server)) {
            for (int i = 0; i < 1_000; i++) {
                try {
                    producer.send(new ProducerRecord<>("bulk", new byte[500_000])).get();
                } catch (ExecutionException e) {
                    assertThat(e).hasMessageContaining("delete topics or records");
                    return i;
                }
            }
        }
        throw new AssertionError("the disk does not become full");
    }

    private static boolean takesRecords(MillraceServer server, String topic)
            throws InterruptedException {
        try (KafkaProducer<byte[], byte[]> producer = producer(server)) {
            producer.send(new ProducerRecord<>(topic, new byte[1_000])).get();
            return true;
        } catch (ExecutionException e) {
            return false;
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(MillraceServer server) {
        return new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers", server.bootstrap(),
                        "enable.idempotence", "false",
                        "retries", "0"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static void commit(MillraceServer server) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(server)) {
            consumer.assign(List.of(BULK));
            consumer.commitSync(Map.of(BULK, new OffsetAndMetadata(3)));
            assertThat(consumer.committed(java.util.Set.of(BULK)).get(BULK).offset()).isEqualTo(3);
        }
    }

    private static long readable(MillraceServer server) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(server)) {
            consumer.assign(List.of(BULK));
            consumer.seekToBeginning(List.of(BULK));
            long end = consumer.endOffsets(List.of(BULK)).get(BULK);
            long count = 0;
            while (count < end) {
                count += consumer.poll(Duration.ofSeconds(1)).count();
            }
            return count;
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(MillraceServer server) {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", server.bootstrap(), "group.id", "readers"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? "" : "failed: " + said;
    }
}
