package io.millrace.system.faults;

import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** How Apache's clients are set: to give up in seconds, so that faults do not outlast them. */
final class ClientSettings {
    private ClientSettings() {}

    static Properties common(String bootstrap) {
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        config.put("reconnect.backoff.ms", "50");
        config.put("reconnect.backoff.max.ms", "500");
        config.put("retry.backoff.ms", "50");
        config.put("retry.backoff.max.ms", "500");
        config.put("request.timeout.ms", "4000");
        config.put("socket.connection.setup.timeout.ms", "1000");
        config.put("socket.connection.setup.timeout.max.ms", "3000");
        config.put("metadata.max.age.ms", "5000");
        return config;
    }

    static KafkaProducer<String, String> producer(Properties config) {
        config.put("acks", "all");
        config.put("linger.ms", "3");
        config.put("max.block.ms", "10000");
        config.putIfAbsent("delivery.timeout.ms", "30000");
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    static KafkaConsumer<String, String> consumer(Properties config) {
        config.put("default.api.timeout.ms", "5000");
        config.put("enable.auto.commit", "false");
        config.put("auto.offset.reset", "earliest");
        config.put("fetch.max.wait.ms", "200");
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }
}
