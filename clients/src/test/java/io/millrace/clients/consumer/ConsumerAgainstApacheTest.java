package io.millrace.clients.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.clients.Headers;
import io.millrace.clients.SharedBroker;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.clients.serde.Serdes;
import io.millrace.peers.ApacheTool;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConsumerAgainstApacheTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void whatWasProducedWithEveryCodecComesBackInOrderWithHeaders() {
        String topic = SharedBroker.fresh("roundtrip");
        List<String> sent = new ArrayList<>();
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            try (Producer<String, String> producer =
                    Producer.create(
                            SharedBroker.config("compression.type", codec),
                            Serdes.string().serializer(),
                            Serdes.string().serializer())) {
                for (int i = 0; i < 200; i++) {
                    String value = codec + "-" + i;
                    sent.add(value);
                    producer.send(
                            new ProducerRecord<>(
                                    topic,
                                    0,
                                    1_000L + i,
                                    i % 3 == 0 ? null : "k" + i,
                                    value,
                                    Headers.EMPTY.with("codec", bytes(codec)).with("n", null)));
                }
            }
        }
        try (Consumer<String, String> consumer = consumer("max.poll.records", "77")) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            List<ConsumerRecord<String, String>> read = take(consumer, sent.size());
            assertThat(read).extracting(ConsumerRecord::value).isEqualTo(sent);
            assertThat(read.get(3).key()).isNull();
            assertThat(read.get(4).key()).isEqualTo("k4");
            assertThat(read.get(4).timestampMs()).isEqualTo(1_004);
            assertThat(read.get(4).offset()).isEqualTo(4);
            assertThat(read.get(999).headers().last("codec").orElseThrow().value())
                    .isEqualTo(bytes("zstd"));
            assertThat(read.get(999).headers().last("n").orElseThrow().value()).isNull();
            assertThat(consumer.position(partition)).isEqualTo(sent.size());
            assertThat(consumer.currentLag(partition)).hasValue(0);
        }
    }

    @Test
    void aGroupMemberGoesOnWhereTheLastOneCommitted() {
        String topic = SharedBroker.fresh("commit");
        String group = SharedBroker.fresh("group");
        TopicPartition partition = new TopicPartition(topic, 0);
        produce(topic, 0, 10);
        String[] config = {
            "group.id", group, "auto.offset.reset", "earliest", "enable.auto.commit", "false"
        };
        try (Consumer<String, String> consumer = consumer(config)) {
            consumer.subscribe(List.of(topic));
            assertThat(values(take(consumer, 10))).startsWith("v0").endsWith("v9");
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(4, "half way")));
            assertThat(consumer.committed(Set.of(partition)).get(partition).metadata())
                    .isEqualTo("half way");
            assertThat(consumer.groupMetadata().generationId()).isPositive();
        }
        try (Consumer<String, String> consumer = consumer(config)) {
            consumer.subscribe(List.of(topic));
            assertThat(values(take(consumer, 6))).startsWith("v4").endsWith("v9");
            List<String> told = new ArrayList<>();
            consumer.commitAsync(
                    (offsets, error) -> told.add(offsets.get(partition).offset() + " " + error));
            await(consumer, () -> !told.isEmpty());
            assertThat(told).containsExactly("10 null");
        }
        ApacheTool.Result described =
                ApacheTool.run(
                        ApacheTool.CONSUMER_GROUPS,
                        "--bootstrap-server",
                        SharedBroker.bootstrap(),
                        "--describe",
                        "--group",
                        group);
        assertThat(described.output()).containsPattern(topic + "\\s+0\\s+10\\s+10\\s+0");
    }

    @Test
    void seekPauseAndLookupsByTimeDoWhatTheySay() {
        String topic = SharedBroker.fresh("seek");
        TopicPartition partition = new TopicPartition(topic, 0);
        produce(topic, 0, 100);
        try (Consumer<String, String> consumer = consumer("max.poll.records", "1")) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 42);
            assertThat(take(consumer, 1).get(0).value()).isEqualTo("v42");
            consumer.seek(partition, 7);
            assertThat(take(consumer, 1).get(0).value()).isEqualTo("v7");
            consumer.pause(List.of(partition));
            assertThat(consumer.poll(Duration.ofMillis(200))).isEmpty();
            consumer.resume(List.of(partition));
            assertThat(take(consumer, 1).get(0).offset()).isPositive();
            assertThat(consumer.beginningOffsets(List.of(partition))).containsEntry(partition, 0L);
            assertThat(consumer.endOffsets(List.of(partition))).containsEntry(partition, 100L);
            assertThat(consumer.offsetsForTimes(Map.of(partition, 1_050L)).get(partition).offset())
                    .isEqualTo(50);
            assertThat(consumer.offsetsForTimes(Map.of(partition, 9_999_999L))).isEmpty();
            consumer.seekToEnd(List.of(partition));
            assertThat(consumer.position(partition)).isEqualTo(100);
            assertThat(consumer.partitionsFor(topic)).hasSize(1);
            assertThat(consumer.listTopics()).containsKey(topic);
        }
    }

    @Test
    void wakeupEndsAPollThatWaits() {
        try (Consumer<String, String> consumer = consumer()) {
            consumer.assign(List.of(new TopicPartition(SharedBroker.fresh("wakeup"), 0)));
            consumer.wakeup();
            assertThatThrownBy(() -> consumer.poll(PATIENCE)).isInstanceOf(WakeupException.class);
            assertThat(consumer.poll(Duration.ofMillis(1))).isEmpty();
        }
    }

    @Test
    void anOffsetThatIsNotInTheLogIsResetAsConfigured() {
        String topic = SharedBroker.fresh("reset");
        TopicPartition partition = new TopicPartition(topic, 0);
        produce(topic, 0, 5);
        try (Consumer<String, String> consumer = consumer("auto.offset.reset", "earliest")) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 4_000);
            assertThat(values(take(consumer, 5))).startsWith("v0");
        }
        try (Consumer<String, String> consumer = consumer("auto.offset.reset", "none")) {
            consumer.assign(List.of(partition));
            assertThatThrownBy(() -> take(consumer, 1)).isInstanceOf(OffsetResetException.class);
        }
    }

    static Consumer<String, String> consumer(String... config) {
        return Consumer.create(
                SharedBroker.config(config),
                Serdes.string().deserializer(),
                Serdes.string().deserializer());
    }

    static void produce(String topic, int from, int to) {
        try (Producer<String, String> producer =
                Producer.create(
                        SharedBroker.config(),
                        Serdes.string().serializer(),
                        Serdes.string().serializer())) {
            for (int i = from; i < to; i++) {
                producer.send(
                        new ProducerRecord<>(
                                topic, null, 1_000L + i, "k" + i, "v" + i, Headers.EMPTY));
            }
        }
    }

    static <K, V> List<ConsumerRecord<K, V>> take(Consumer<K, V> consumer, int atLeast) {
        List<ConsumerRecord<K, V>> all = new ArrayList<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (all.size() < atLeast) {
            assertThat(System.nanoTime())
                    .as("read %d of %d", all.size(), atLeast)
                    .isLessThan(deadline);
            consumer.poll(Duration.ofMillis(200)).forEach(all::add);
        }
        return all;
    }

    static void await(Consumer<?, ?> consumer, java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            consumer.poll(Duration.ofMillis(50));
        }
    }

    private static List<String> values(List<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::value).toList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
