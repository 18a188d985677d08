package io.millrace.clients.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.clients.SharedBroker;
import io.millrace.clients.serde.Serdes;
import io.millrace.peers.ApacheTool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProducerAgainstApacheTest {

    @Test
    void recordsOfEveryCodecAreReadByApachesConsoleConsumer() {
        String topic = SharedBroker.fresh("codecs");
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            try (Producer<String, String> producer = producer("compression.type", codec)) {
                for (int i = 0; i < 100; i++) {
                    producer.send(new ProducerRecord<>(topic, "key-" + i, codec + "-" + i));
                }
            }
        }
        ApacheTool.Result read =
                ApacheTool.run(
                        ApacheTool.CONSOLE_CONSUMER,
                        "--bootstrap-server",
                        SharedBroker.bootstrap(),
                        "--topic",
                        topic,
                        "--from-beginning",
                        "--max-messages",
                        "500",
                        "--timeout-ms",
                        "20000");
        assertThat(read.output()).contains("none-0", "gzip-99", "snappy-50", "lz4-7", "zstd-99");
        assertThat(read.output().lines().filter(line -> line.matches("[a-z0-9]+-\\d+")).count())
                .isEqualTo(500);
    }

    @ParameterizedTest
    @ValueSource(strings = {"all", "1", "0"})
    void everyKindOfAcknowledgementCompletes(String acks) throws Exception {
        String topic = SharedBroker.fresh("acks");
        try (Producer<String, String> producer = producer("acks", acks)) {
            List<CompletableFuture<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, "k", "v" + i)));
            }
            producer.flush();
            for (int i = 0; i < 50; i++) {
                RecordMetadata metadata = sent.get(i).get(1, TimeUnit.SECONDS);
                assertThat(metadata.offset().isPresent()).isEqualTo(!acks.equals("0"));
                if (!acks.equals("0")) {
                    assertThat(metadata.offset()).hasValue(i);
                }
            }
        }
    }

    private static Producer<String, String> producer(String... config) {
        return Producer.create(
                SharedBroker.config(config),
                Serdes.string().serializer(),
                Serdes.string().serializer());
    }
}
