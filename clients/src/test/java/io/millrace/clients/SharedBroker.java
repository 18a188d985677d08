package io.millrace.clients;

import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.serde.Serdes;
import io.millrace.peers.ApacheKafkaBroker;
import io.millrace.peers.Scratch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * One Apache Kafka for all tests of this module that need a broker; ends with the test process.
 * With {@code -Dbootstrap.under.test=host:port} it is whatever broker runs there.
 */
public final class SharedBroker {
    private static final String BOOTSTRAP = bootstrapUnderTest();

    private SharedBroker() {}

    public static String bootstrap() {
        return BOOTSTRAP;
    }

    /** A name nobody used before. */
    public static String fresh(String prefix) {
        return prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    /** Client configuration: bootstrap address, and these keys and values. */
    public static Map<String, String> config(String... keysAndValues) {
        Map<String, String> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap());
        for (int i = 0; i < keysAndValues.length; i += 2) {
            config.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return config;
    }

    /** A producer of strings. */
    public static Producer<String, String> producer(String... keysAndValues) {
        return Producer.create(
                config(keysAndValues), Serdes.string().serializer(), Serdes.string().serializer());
    }

    /** A consumer that starts at the beginning. */
    public static Consumer<String, String> consumer(String... keysAndValues) {
        Map<String, String> config = config(keysAndValues);
        config.putIfAbsent("auto.offset.reset", "earliest");
        return Consumer.create(
                config, Serdes.string().deserializer(), Serdes.string().deserializer());
    }

    private static String bootstrapUnderTest() {
        String given = System.getProperty("bootstrap.under.test", "");
        if (!given.isEmpty()) {
            return given;
        }
        ApacheKafkaBroker broker =
                ApacheKafkaBroker.start(
                        Scratch.directory("clients-broker-"),
                        List.of("-Xmx384m", "-XX:TieredStopAtLevel=1"),
                        Map.of(
                                "transaction.abort.timed.out.transaction.cleanup.interval.ms",
                                "500",
                                "group.consumer.min.heartbeat.interval.ms",
                                "200",
                                "group.consumer.heartbeat.interval.ms",
                                "500"));
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close));
        return broker.bootstrap();
    }
}
