package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three replicating brokers as clients see them: leaders and coordinators are on different ones.
 */
@Timeout(120)
class ClusterClientsTest {
    @TempDir static Path dir;
    private static RunningCluster cluster;

    @BeforeAll
    static void startBrokers() throws IOException {
        cluster = new RunningCluster(dir, 3, "min.insync.replicas", "2");
    }

    @AfterAll
    static void stopBrokers() {
        cluster.close();
    }

    private static void create(String topic, int partitions) throws Exception {
        try (Admin admin = cluster.admin(1)) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 3))).all().get();
        }
        cluster.awaitImage(image -> image.topic(topic) != null);
    }

    @Test
    void recordsOfAllLeadersAreReplicatedAndReadByGroupsOfAllCoordinators() throws Exception {
        create("spread", 6);
        try (KafkaProducer<String, String> producer = producer(Map.of("acks", "all"))) {
            for (int i = 0; i < 60; i++) {
                producer.send(new ProducerRecord<>("spread", i % 6, "k" + i, "v" + i));
            }
            producer.flush();
        }
        Set<Integer> coordinators = new HashSet<>();
        for (String group : List.of("one", "two", "three", "four", "five", "six")) {
            try (KafkaConsumer<String, String> consumer = consumer(group, Map.of())) {
                consumer.subscribe(List.of("spread"));
                assertThat(values(consumer, 60)).hasSize(60);
                consumer.commitSync();
            }
            try (Admin admin = cluster.admin(2)) {
                coordinators.add(
                        admin.describeConsumerGroups(List.of(group))
                                .all()
                                .get()
                                .get(group)
                                .coordinator()
                                .id());
                assertThat(
                                admin
                                        .listConsumerGroupOffsets(group)
                                        .partitionsToOffsetAndMetadata()
                                        .get()
                                        .values()
                                        .stream()
                                        .mapToLong(OffsetAndMetadata::offset)
                                        .sum())
                        .isEqualTo(60);
            }
        }
        assertThat(coordinators).hasSizeGreaterThan(1);
    }

    @Test
    void transactionsSpanLeadersAndOffsetsOnOtherBrokers() throws Exception {
        create("source", 3);
        create("target", 6);
        try (KafkaProducer<String, String> producer = producer(Map.of("acks", "all"))) {
            for (int i = 0; i < 30; i++) {
                producer.send(new ProducerRecord<>("source", i % 3, null, "s" + i));
            }
            producer.flush();
        }
        int id = 0;
        for (String name : List.of("tx-a", "tx-b", "tx-c", "tx-d")) {
            String group = "copy-" + name;
            try (KafkaConsumer<String, String> consumer =
                            consumer(group, Map.of("enable.auto.commit", "false"));
                    KafkaProducer<String, String> producer =
                            producer(Map.of("transactional.id", name))) {
                producer.initTransactions();
                consumer.subscribe(List.of("source"));
                List<ConsumerRecord<String, String>> records = new ArrayList<>();
                while (records.size() < 30) {
                    consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                }
                for (boolean commit : new boolean[] {false, true, true}) {
                    producer.beginTransaction();
                    for (ConsumerRecord<String, String> record : records) {
                        producer.send(
                                new ProducerRecord<>(
                                        "target", id++ % 6, name, name + commit + record.value()));
                    }
                    producer.sendOffsetsToTransaction(
                            ends(records, commit ? 10 : 5), consumer.groupMetadata());
                    if (commit) {
                        producer.commitTransaction();
                    } else {
                        producer.abortTransaction();
                    }
                }
            }
            try (Admin admin = cluster.admin(3)) {
                assertThat(
                                admin.listConsumerGroupOffsets(group)
                                        .partitionsToOffsetAndMetadata()
                                        .get()
                                        .values())
                        .extracting(OffsetAndMetadata::offset)
                        .containsExactly(10L, 10L, 10L);
            }
        }
        try (KafkaConsumer<String, String> consumer =
                consumer("reader", Map.of("isolation.level", "read_committed"))) {
            consumer.subscribe(List.of("target"));
            assertThat(values(consumer, 4 * 60)).hasSize(240).noneMatch(v -> v.contains("false"));
        }
    }

    @Test
    void shareGroupsWorkWhereTheirStateIsOnOtherBrokers() throws Exception {
        create("shared", 6);
        try (Admin admin = cluster.admin(1)) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.GROUP, "sharers"),
                                    List.of(
                                            new AlterConfigOp(
                                                    new ConfigEntry(
                                                            "share.auto.offset.reset", "earliest"),
                                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
        try (KafkaProducer<String, String> producer = producer(Map.of("acks", "all"))) {
            for (int i = 0; i < 60; i++) {
                producer.send(new ProducerRecord<>("shared", i % 6, "k" + i, "v" + i));
            }
            producer.flush();
        }
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", cluster.bootstrap());
        config.put("group.id", "sharers");
        Set<String> values = new HashSet<>();
        try (KafkaShareConsumer<String, String> consumer =
                new KafkaShareConsumer<>(
                        config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("shared"));
            long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
            while (values.size() < 60 && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
            }
            consumer.commitSync();
        }

        assertThat(values).hasSize(60);
        try (Admin admin = cluster.admin(2)) {
            assertThat(
                            admin.listShareGroupOffsets(
                                            Map.of("sharers", new ListShareGroupOffsetsSpec()))
                                    .all()
                                    .get()
                                    .get("sharers"))
                    .hasSize(6);
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> ends(
            List<ConsumerRecord<String, String>> records, long offset) {
        Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
        records.forEach(
                record ->
                        ends.put(
                                new TopicPartition(record.topic(), record.partition()),
                                new OffsetAndMetadata(offset)));
        return ends;
    }

    private static List<String> values(KafkaConsumer<String, String> consumer, int count) {
        List<String> values = new ArrayList<>();
        long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
        while (values.size() < count && System.nanoTime() < deadline) {
            ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(200));
            records.forEach(record -> values.add(record.value()));
        }
        return values;
    }

    private static KafkaProducer<String, String> producer(Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", cluster.bootstrap());
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(String group, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", cluster.bootstrap());
        config.put("group.id", group);
        config.put("auto.offset.reset", "earliest");
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }
}
