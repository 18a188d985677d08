package io.millrace.clients;

import io.millrace.peers.ApacheKafkaBroker;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** One Apache Kafka for all tests of this module that need one; ends with the test process. */
public final class SharedBroker {
    private static final ApacheKafkaBroker BROKER = start();

    private SharedBroker() {}

    public static ApacheKafkaBroker broker() {
        return BROKER;
    }

    public static String bootstrap() {
        return BROKER.bootstrap();
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

    private static ApacheKafkaBroker start() {
        ApacheKafkaBroker broker = ApacheKafkaBroker.start();
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close));
        return broker;
    }
}
