package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.config.ConfigException;
import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RestartTest {
    @TempDir Path dir;

    @Test
    void aRestartKeepsTopicsRecordsOffsetsAndRunningProducers() throws Exception {
        TopicPartition partition = new TopicPartition("kept", 0);
        try (RunningBroker broker = new RunningBroker(dir);
                Admin admin = broker.admin();
                KafkaProducer<String, String> producer = broker.producer()) {
            admin.createTopics(
                            List.of(
                                    new NewTopic("kept", 1, (short) 1)
                                            .configs(Map.of("retention.ms", "99999999"))))
                    .all()
                    .get();
            for (int i = 0; i < 100; i++) {
                producer.send(new ProducerRecord<>("kept", "v" + i)).get();
            }
            try (KafkaConsumer<String, String> consumer = broker.consumer("keepers")) {
                consumer.assign(List.of(partition));
                consumer.commitSync(Map.of(partition, new OffsetAndMetadata(60, "here")));
            }
            broker.restart();
            // The same producer goes on: its sequence numbers are known.
            for (int i = 100; i < 120; i++) {
                assertThat(producer.send(new ProducerRecord<>("kept", "v" + i)).get().offset())
                        .isEqualTo(i);
            }
            try (KafkaConsumer<String, String> consumer = broker.consumer("keepers")) {
                consumer.assign(List.of(partition));
                var records = RunningBroker.poll(consumer, all -> all.size() >= 60);
                assertThat(records.get(0).offset()).isEqualTo(60);
                assertThat(records).hasSize(60);
                assertThat(
                                consumer.committed(java.util.Set.of(partition))
                                        .get(partition)
                                        .metadata())
                        .isEqualTo("here");
            }
        }
    }

    @Test
    void groupsStayInTheirPartitionsWhenTheSettingForNewOffsetsTopicsChanges() throws Exception {
        List<String> groups = List.of("a", "b", "c", "d", "e", "f");
        TopicPartition partition = new TopicPartition("read", 0);
        try (RunningBroker broker = new RunningBroker(dir);
                Admin admin = broker.admin()) {
            admin.createTopics(List.of(new NewTopic("read", 1, (short) 1))).all().get();
            for (String group : groups) {
                admin.alterConsumerGroupOffsets(
                                group, Map.of(partition, new OffsetAndMetadata(0, group)))
                        .all()
                        .get();
            }
        }
        try (RunningBroker broker = new RunningBroker(dir, "offsets.topic.num.partitions", "7");
                Admin admin = broker.admin()) {
            for (String group : groups) {
                assertThat(
                                admin.listConsumerGroupOffsets(group)
                                        .partitionsToOffsetAndMetadata()
                                        .get()
                                        .get(partition))
                        .as("offset of group %s", group)
                        .isEqualTo(new OffsetAndMetadata(0, group));
            }
        }
    }

    @Test
    void oneDirectoryServesOneBrokerOfOneId() throws Exception {
        try (RunningBroker broker = new RunningBroker(dir)) {
            assertThatThrownBy(() -> new RunningBroker(dir))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use by another broker");
            assertThat(broker.broker().stopped()).isNotDone();
        }
        assertThatThrownBy(() -> new RunningBroker(dir, "broker.id", "7"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("belongs to broker 0");
    }

    @Test
    void everyProblemOfTheConfigurationIsToldAtOnce() {
        assertThatThrownBy(
                        () ->
                                BrokerConfig.of(
                                        "broker.properties",
                                        Map.of(
                                                "log.dirs",
                                                dir.toString(),
                                                "num.partition",
                                                "3",
                                                "listeners",
                                                "SSL://x:1",
                                                "socket.request.max.bytes",
                                                "many",
                                                "log.segment.bytes",
                                                "5k")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("did you mean num.partitions?")
                .hasMessageContaining("only PLAINTEXT")
                .hasMessageContaining("socket.request.max.bytes=many is not a number")
                .hasMessageContaining("5k");
    }

    @Test
    void aTakenPortIsNamed() throws Exception {
        try (RunningBroker broker = new RunningBroker(dir.resolve("a"))) {
            BrokerConfig config =
                    BrokerConfig.of(
                            "test",
                            Map.of(
                                    "log.dirs",
                                    dir.resolve("b").toString(),
                                    "listeners",
                                    "PLAINTEXT://127.0.0.1:" + broker.port()));
            assertThatThrownBy(
                            () -> Broker.start(config, SystemClock.INSTANCE, RandomSource.system()))
                    .hasMessageContaining("cannot listen on")
                    .hasMessageContaining(Integer.toString(broker.port()));
        }
    }
}
