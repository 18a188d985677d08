package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.peers.ApacheTool;
import io.millrace.peers.PeerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The word count that Kafka Streams ships as its example, unchanged, on our broker. */
@Tag("slow")
class KafkaStreamsWordCountTest {

    @Test
    void countsWordsAtLeastOnceAndGoesOnAfterAKill(@TempDir Path folder) throws IOException {
        try (BrokerUnderTest broker = BrokerUnderTest.start("256m")) {
            for (String topic : List.of("streams-plaintext-input", "streams-wordcount-output")) {
                ApacheTool.run(
                        ApacheTool.TOPICS,
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--create",
                        "--topic",
                        topic);
            }
            type(broker, "all streams lead to kafka\nhello kafka streams\n");

            try (PeerProcess job = startWordCount(broker, folder)) {
                awaitCounts(broker, Map.of("kafka", 2L, "streams", 2L, "hello", 1L));
                job.kill();
            }

            type(broker, "kafka again\n");
            try (PeerProcess job = startWordCount(broker, folder)) {
                awaitCounts(broker, Map.of("kafka", 3L, "again", 1L));
                assertThat(job.isAlive()).isTrue();
            }
        }
    }

    private static void type(BrokerUnderTest broker, String lines) {
        ApacheTool.Result typed =
                ApacheTool.runWithInput(
                        lines,
                        ApacheTool.CONSOLE_PRODUCER,
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--topic",
                        "streams-plaintext-input");
        assertThat(typed.exitCode()).as(typed.output()).isZero();
    }

    private static PeerProcess startWordCount(BrokerUnderTest broker, Path folder)
            throws IOException {
        Path config =
                Files.writeString(
                        folder.resolve("streams.properties"),
                        "bootstrap.servers="
                                + broker.bootstrap()
                                + "\nstate.dir="
                                + folder.resolve("state")
                                + "\n"
                                + "replication.factor=1\n"
                                + "session.timeout.ms=6000\n"
                                + "commit.interval.ms=1000\n");
        return ApacheTool.start(
                Path.of(System.getProperty("kafka.streams.examples")),
                folder.resolve("job.out"),
                "org.apache.kafka.streams.examples.wordcount.WordCountDemo",
                config.toString());
    }

    /** At least once: after the kill a word may have been counted again, but never too little. */
    private static void awaitCounts(BrokerUnderTest broker, Map<String, Long> atLeast) {
        Properties config = new Properties();
        config.put("bootstrap.servers", broker.bootstrap());
        Map<String, Long> counts = new HashMap<>();
        try (KafkaConsumer<String, Long> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new LongDeserializer())) {
            TopicPartition output = new TopicPartition("streams-wordcount-output", 0);
            consumer.assign(List.of(output));
            consumer.seekToBeginning(List.of(output));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(90))
                    .untilAsserted(
                            () -> {
                                consumer.poll(Duration.ofMillis(500))
                                        .forEach(
                                                record -> counts.put(record.key(), record.value()));
                                assertThat(counts)
                                        .allSatisfy(
                                                (word, count) ->
                                                        assertThat(count)
                                                                .isGreaterThanOrEqualTo(
                                                                        atLeast.getOrDefault(
                                                                                word, 1L)))
                                        .containsKeys(atLeast.keySet().toArray(String[]::new));
                            });
        }
    }
}
