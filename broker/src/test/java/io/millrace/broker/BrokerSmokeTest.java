package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BrokerSmokeTest {
    @TempDir Path dir;

    @Test
    void whatIsProducedIsConsumedByAGroup() throws Exception {
        BrokerConfig config =
                BrokerConfig.of(
                        "test",
                        Map.of(
                                "log.dirs",
                                dir.toString(),
                                "group.initial.rebalance.delay.ms",
                                "0"));
        try (Broker broker = Broker.start(config, SystemClock.INSTANCE, RandomSource.system())) {
            InetSocketAddress at = broker.address();
            String bootstrap = at.getHostString() + ":" + at.getPort();
            try (KafkaProducer<String, String> producer =
                    new KafkaProducer<>(
                            Map.of("bootstrap.servers", bootstrap),
                            new StringSerializer(),
                            new StringSerializer())) {
                for (int i = 0; i < 100; i++) {
                    producer.send(new ProducerRecord<>("t", "k" + i, "v" + i)).get();
                }
            }
            List<String> values = new ArrayList<>();
            try (KafkaConsumer<String, String> consumer =
                    new KafkaConsumer<>(
                            Map.of(
                                    "bootstrap.servers",
                                    bootstrap,
                                    "group.id",
                                    "g",
                                    "auto.offset.reset",
                                    "earliest"),
                            new StringDeserializer(),
                            new StringDeserializer())) {
                consumer.subscribe(List.of("t"));
                long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
                while (values.size() < 100 && System.nanoTime() < end) {
                    for (ConsumerRecord<String, String> record :
                            consumer.poll(Duration.ofMillis(200))) {
                        values.add(record.value());
                    }
                }
                consumer.commitSync();
            }
            assertThat(values).hasSize(100);
        }
    }
}
