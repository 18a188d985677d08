package io.millrace.broker;

import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A broker in this process with Apache's clients for it. */
final class RunningBroker implements AutoCloseable {
    private final Path dir;
    private final Map<String, String> properties;
    private Broker broker;

    RunningBroker(Path dir, String... keysAndValues) throws IOException {
        this.dir = dir;
        this.properties = new HashMap<>();
        properties.put("log.dirs", dir.toString());
        properties.put("group.initial.rebalance.delay.ms", "0");
        properties.put("offsets.topic.num.partitions", "4");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            properties.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        this.broker = start();
    }

    private Broker start() throws IOException {
        return Broker.start(
                BrokerConfig.of("test", properties), SystemClock.INSTANCE, RandomSource.system());
    }

    Broker broker() {
        return broker;
    }

    Path dir() {
        return dir;
    }

    /** Stops and starts again on the same data and the same port. */
    void restart() throws IOException {
        properties.put("listeners", "PLAINTEXT://127.0.0.1:" + port());
        broker.close();
        broker = start();
    }

    int port() {
        return broker.address().getPort();
    }

    String bootstrap() {
        return "127.0.0.1:" + port();
    }

    Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap()));
    }

    KafkaProducer<String, String> producer(String... keysAndValues) {
        return new KafkaProducer<>(
                with(keysAndValues), new StringSerializer(), new StringSerializer());
    }

    KafkaConsumer<String, String> consumer(String group, String... keysAndValues) {
        Map<String, Object> config = with(keysAndValues);
        config.putIfAbsent("auto.offset.reset", "earliest");
        if (!group.isEmpty()) {
            config.put("group.id", group);
        }
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    private Map<String, Object> with(String... keysAndValues) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap());
        for (int i = 0; i < keysAndValues.length; i += 2) {
            config.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return config;
    }

    /** Polls until the records are enough, at most 20 seconds. */
    static List<ConsumerRecord<String, String>> poll(
            KafkaConsumer<String, String> consumer,
            Predicate<List<ConsumerRecord<String, String>>> enough) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!enough.test(records)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("only " + records.size() + " records came");
            }
            consumer.poll(Duration.ofMillis(100)).forEach(records::add);
        }
        return records;
    }

    @Override
    public void close() {
        broker.close();
    }
}
