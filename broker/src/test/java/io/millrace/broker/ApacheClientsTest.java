package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One broker, used by Apache's own clients 4.3.1. */
final class ApacheClientsTest {
    @TempDir static Path dir;
    private static RunningBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = new RunningBroker(dir);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void everyCodecTravelsUnchanged(String codec) throws Exception {
        String topic = "codec-" + codec;
        try (KafkaProducer<String, String> producer =
                broker.producer("compression.type", codec, "linger.ms", "20")) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, 0, "k" + i, "value-" + i)));
            }
            for (int i = 0; i < sent.size(); i++) {
                assertThat(sent.get(i).get().offset()).isEqualTo(i);
            }
        }
        try (KafkaConsumer<String, String> consumer = broker.consumer("")) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            consumer.seekToBeginning(consumer.assignment());
            List<ConsumerRecord<String, String>> all =
                    RunningBroker.poll(consumer, records -> records.size() >= 2000);
            assertThat(all).hasSize(2000);
            assertThat(all.get(1999).value()).isEqualTo("value-1999");
        }
    }

    @Test
    void aGroupSharesPartitionsAndTakesOverWhenAMemberLeaves() throws Exception {
        createTopic("shared", 4);
        try (KafkaConsumer<String, String> first =
                        broker.consumer("sharers", "heartbeat.interval.ms", "200");
                KafkaConsumer<String, String> second =
                        broker.consumer("sharers", "heartbeat.interval.ms", "200")) {
            first.subscribe(List.of("shared"));
            second.subscribe(List.of("shared"));
            pollUntil(
                    () -> first.assignment().size() == 2 && second.assignment().size() == 2,
                    first,
                    second);
            second.unsubscribe();
            pollUntil(() -> first.assignment().size() == 4, first);
        }
    }

    @Test
    void aCooperativeGroupConvergesToo() throws Exception {
        createTopic("cooperative", 4);
        String assignor = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
        try (KafkaConsumer<String, String> first =
                        broker.consumer(
                                "coop",
                                "partition.assignment.strategy",
                                assignor,
                                "heartbeat.interval.ms",
                                "200");
                KafkaConsumer<String, String> second =
                        broker.consumer(
                                "coop",
                                "partition.assignment.strategy",
                                assignor,
                                "heartbeat.interval.ms",
                                "200")) {
            first.subscribe(List.of("cooperative"));
            pollUntil(() -> first.assignment().size() == 4, first);
            second.subscribe(List.of("cooperative"));
            pollUntil(
                    () -> first.assignment().size() == 2 && second.assignment().size() == 2,
                    first,
                    second);
        }
    }

    @Test
    void aStaticMemberKeepsItsPartitionsOverARestart() throws Exception {
        createTopic("static", 2);
        String[] settings = {"group.instance.id", "one"};
        KafkaConsumer<String, String> before = broker.consumer("statics", settings);
        before.subscribe(List.of("static"));
        pollUntil(() -> before.assignment().size() == 2, before);
        int generation = before.groupMetadata().generationId();
        before.close();
        try (KafkaConsumer<String, String> after = broker.consumer("statics", settings)) {
            after.subscribe(List.of("static"));
            pollUntil(() -> after.assignment().size() == 2, after);
            assertThat(after.groupMetadata().generationId()).isEqualTo(generation);
        }
    }

    @Test
    void aConsumerWaitsForRecordsAndGetsThemAtOnce() throws Exception {
        createTopic("tail", 1);
        try (KafkaConsumer<String, String> consumer =
                        broker.consumer("", "fetch.max.wait.ms", "3000");
                KafkaProducer<String, String> producer = broker.producer()) {
            consumer.assign(List.of(new TopicPartition("tail", 0)));
            consumer.seekToBeginning(consumer.assignment());
            consumer.poll(Duration.ofMillis(200));
            producer.send(new ProducerRecord<>("tail", "k", "v")).get();
            assertThat(consumer.poll(Duration.ofSeconds(10)).count()).isEqualTo(1);
        }
    }

    @Test
    void acksZeroAndOneAreServed() throws Exception {
        createTopic("acks", 1);
        for (String acks : List.of("0", "1")) {
            try (KafkaProducer<String, String> producer =
                    broker.producer("acks", acks, "enable.idempotence", "false")) {
                producer.send(new ProducerRecord<>("acks", "k", acks)).get();
            }
        }
        try (KafkaConsumer<String, String> consumer = broker.consumer("")) {
            consumer.assign(List.of(new TopicPartition("acks", 0)));
            consumer.seekToBeginning(consumer.assignment());
            assertThat(RunningBroker.poll(consumer, records -> records.size() >= 2))
                    .extracting(ConsumerRecord::value)
                    .containsExactly("0", "1");
        }
    }

    @Test
    @Tag("wire-19")
    void edge19_aTooLargeBatchIsNamedAndOthersStillPass() throws Exception {
        createTopic("bounded", 1);
        setConfig("bounded", "max.message.bytes", "2000");
        try (KafkaProducer<String, String> producer = broker.producer("linger.ms", "0")) {
            assertThatThrownBy(
                            () ->
                                    producer.send(
                                                    new ProducerRecord<>(
                                                            "bounded", "x".repeat(10_000)))
                                            .get())
                    .hasCauseInstanceOf(RecordTooLargeException.class);
            producer.send(new ProducerRecord<>("bounded", "small")).get();
        }
    }

    @Test
    @Tag("wire-11")
    void edge11_topicsAreCreatedDescribedGrownAndDeleted() throws Exception {
        try (Admin admin = broker.admin()) {
            admin.createTopics(List.of(new NewTopic("life", 2, (short) 1))).all().get();
            assertThatThrownBy(
                            () ->
                                    admin.createTopics(List.of(new NewTopic("life", 1, (short) 1)))
                                            .all()
                                            .get())
                    .hasCauseInstanceOf(TopicExistsException.class);
            assertThat(admin.describeTopics(List.of("life")).allTopicNames().get().get("life"))
                    .satisfies(
                            topic -> {
                                assertThat(topic.partitions()).hasSize(2);
                                assertThat(topic.partitions().get(0).leader().port())
                                        .isEqualTo(broker.port());
                            });
            admin.createPartitions(Map.of("life", NewPartitions.increaseTo(5))).all().get();
            assertThat(
                            admin.describeTopics(List.of("life"))
                                    .allTopicNames()
                                    .get()
                                    .get("life")
                                    .partitions())
                    .hasSize(5);
            admin.deleteTopics(List.of("life")).all().get();
            assertThatThrownBy(() -> admin.describeTopics(List.of("life")).allTopicNames().get())
                    .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
        }
    }

    @Test
    @Tag("wire-8")
    void edge8_describingAMissingTopicDoesNotCreateIt() throws Exception {
        try (Admin admin = broker.admin()) {
            assertThatThrownBy(() -> admin.describeTopics(List.of("nowhere")).allTopicNames().get())
                    .isInstanceOf(ExecutionException.class);
            assertThat(admin.listTopics().names().get()).doesNotContain("nowhere");
        }
    }

    @Test
    @Tag("wire-14")
    void edge14_recordsAreDeletedUpToAnOffsetAndToTheHighWatermark() throws Exception {
        createTopic("shrinking", 1);
        TopicPartition partition = new TopicPartition("shrinking", 0);
        try (Admin admin = broker.admin();
                KafkaProducer<String, String> producer = broker.producer()) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>("shrinking", "v" + i)).get();
            }
            assertThat(deleteBefore(admin, partition, 4)).isEqualTo(4);
            assertThat(deleteBefore(admin, partition, 2)).as("below the start").isEqualTo(4);
            assertThat(
                            admin.listOffsets(Map.of(partition, OffsetSpec.earliest()))
                                    .partitionResult(partition)
                                    .get()
                                    .offset())
                    .as("edge 32: earliest is the log start")
                    .isEqualTo(4);
            assertThat(deleteBefore(admin, partition, -1)).isEqualTo(10);
        }
    }

    @Test
    @Tag("wire-32")
    void edge32_offsetsAreFoundByTimeAndMissingTimesAnswerMinusOne() throws Exception {
        createTopic("timed", 1);
        TopicPartition partition = new TopicPartition("timed", 0);
        long base = System.currentTimeMillis() - 10_000;
        try (Admin admin = broker.admin();
                KafkaProducer<String, String> producer = broker.producer()) {
            for (int i = 0; i < 5; i++) {
                producer.send(new ProducerRecord<>("timed", 0, base + i * 1000, "k", "v")).get();
            }
            assertThat(offset(admin, partition, OffsetSpec.forTimestamp(base + 1500))).isEqualTo(2);
            assertThat(offset(admin, partition, OffsetSpec.forTimestamp(base + 60_000)))
                    .isEqualTo(-1);
            assertThat(offset(admin, partition, OffsetSpec.latest())).isEqualTo(5);
            assertThat(offset(admin, partition, OffsetSpec.maxTimestamp())).isEqualTo(4);
        }
    }

    @Test
    @Tag("wire-13")
    void edge13_configsAreDescribedAndAltered() throws Exception {
        createTopic("configured", 1);
        setConfig("configured", "retention.ms", "123456");
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "configured");
        ConfigResource self = new ConfigResource(ConfigResource.Type.BROKER, "0");
        try (Admin admin = broker.admin()) {
            var described = admin.describeConfigs(List.of(topic, self)).all().get();
            assertThat(described.get(topic).get("retention.ms").value()).isEqualTo("123456");
            assertThat(described.get(topic).get("retention.ms").source())
                    .isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
            assertThat(described.get(self).get("num.partitions")).isNotNull();
        }
    }

    @Test
    @Tag("wire-38")
    void edge38_groupsAreListedDescribedAndDeleted() throws Exception {
        createTopic("grouped", 1);
        try (Admin admin = broker.admin()) {
            try (KafkaConsumer<String, String> consumer =
                    broker.consumer("managed", "enable.auto.commit", "false")) {
                consumer.subscribe(List.of("grouped"));
                pollUntil(() -> consumer.assignment().size() == 1, consumer);
                consumer.commitSync(
                        Map.of(
                                new TopicPartition("grouped", 0),
                                new OffsetAndMetadata(0, "hello")));
                assertThat(admin.listGroups().all().get())
                        .anyMatch(group -> group.groupId().equals("managed"));
                ConsumerGroupDescription described =
                        admin.describeConsumerGroups(List.of("managed"))
                                .describedGroups()
                                .get("managed")
                                .get();
                assertThat(described.members()).hasSize(1);
                assertThat(described.members().iterator().next().assignment().topicPartitions())
                        .containsExactly(new TopicPartition("grouped", 0));
                assertThatThrownBy(() -> admin.deleteConsumerGroups(List.of("managed")).all().get())
                        .hasCauseInstanceOf(GroupNotEmptyException.class);
            }
            assertThat(
                            admin.listConsumerGroupOffsets("managed")
                                    .partitionsToOffsetAndMetadata()
                                    .get()
                                    .get(new TopicPartition("grouped", 0))
                                    .metadata())
                    .isEqualTo("hello");
            admin.alterConsumerGroupOffsets(
                            "managed",
                            Map.of(new TopicPartition("grouped", 0), new OffsetAndMetadata(7)))
                    .all()
                    .get();
            admin.deleteConsumerGroupOffsets("managed", Set.of(new TopicPartition("grouped", 0)))
                    .all()
                    .get();
            admin.deleteConsumerGroups(List.of("managed")).all().get();
        }
    }

    @Test
    @Tag("wire-42")
    void theQuestionsThatToolsAskAtTheirStartAreAnswered() throws Exception {
        createTopic("seen", 1);
        try (Admin admin = broker.admin()) {
            assertThat(admin.describeCluster().nodes().get()).hasSize(1);
            assertThat(admin.describeCluster().clusterId().get()).isNotEmpty();
            assertThat(admin.describeLogDirs(List.of(0)).allDescriptions().get().get(0))
                    .isNotEmpty();
            assertThat(admin.describeFeatures().featureMetadata().get().finalizedFeatures())
                    .containsKey("metadata.version");
            assertThat(admin.listTopics().names().get()).contains("seen");
        }
    }

    @Test
    void aSessionOfManyPartitionsSeesEveryOneOfThem() throws Exception {
        createTopic("wide", 50);
        try (KafkaProducer<String, String> producer = broker.producer();
                KafkaConsumer<String, String> consumer = broker.consumer("")) {
            consumer.assign(
                    IntStream.range(0, 50).mapToObj(i -> new TopicPartition("wide", i)).toList());
            consumer.seekToBeginning(consumer.assignment());
            consumer.poll(Duration.ofMillis(300));
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 50; i++) {
                    producer.send(new ProducerRecord<>("wide", i, "k", "v" + i));
                }
                producer.flush();
                assertThat(RunningBroker.poll(consumer, records -> records.size() >= 50))
                        .hasSize(50);
            }
        }
    }

    private static long deleteBefore(Admin admin, TopicPartition partition, long offset)
            throws Exception {
        return admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset)))
                .lowWatermarks()
                .get(partition)
                .get()
                .lowWatermark();
    }

    private static long offset(Admin admin, TopicPartition partition, OffsetSpec spec)
            throws Exception {
        return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
    }

    private static void createTopic(String name, int partitions) throws Exception {
        try (Admin admin = broker.admin()) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
        }
    }

    private static void setConfig(String topic, String key, String value) throws Exception {
        try (Admin admin = broker.admin()) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.TOPIC, topic),
                                    List.of(
                                            new AlterConfigOp(
                                                    new ConfigEntry(key, value),
                                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
    }

    @SafeVarargs
    private static void pollUntil(
            java.util.function.BooleanSupplier done, KafkaConsumer<String, String>... consumers) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!done.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("the group did not settle");
            }
            for (KafkaConsumer<String, String> consumer : consumers) {
                consumer.poll(Duration.ofMillis(50));
            }
        }
    }
}
