package io.millrace.connect.kafka;

import io.millrace.clients.admin.Admin;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.PartitionAssignor;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.serde.Serdes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Makes the clients of one worker. Whoever asks for a client owns and closes it. */
public interface KafkaClients {
    /** Setting of consumers in groups. */
    String SESSION_TIMEOUT = "session.timeout.ms";

    /**
     * A killed worker's sinks are taken over after this: far sooner than a consumer's default of 45
     * s.
     */
    String GROUP_SESSION_MS = "10000";

    /** Three tries within a session. */
    String GROUP_HEARTBEAT_MS = "3000";

    /** A producer of bytes; {@code settings} win over the worker's. */
    Producer<byte[], byte[]> producer(String clientId, Map<String, String> settings);

    /** A consumer of bytes that commits only when told; {@code settings} win over the worker's. */
    Consumer<byte[], byte[]> consumer(String clientId, Map<String, String> settings);

    /** A consumer for membership in a group, with an assignor of ours. */
    Consumer<byte[], byte[]> member(
            String clientId, Map<String, String> settings, PartitionAssignor assignor);

    Admin admin(String clientId);

    /**
     * Clients for the cluster of a worker.
     *
     * @param shared keys for every client: {@code bootstrap.servers} and security
     * @param producer the worker's {@code producer.} keys
     * @param consumer the worker's {@code consumer.} keys
     */
    static KafkaClients of(
            Map<String, String> shared,
            Map<String, String> producer,
            Map<String, String> consumer) {
        return new KafkaClients() {
            @Override
            public Producer<byte[], byte[]> producer(String id, Map<String, String> settings) {
                return Producer.create(
                        merged(id, shared, producer, settings),
                        Serdes.bytes().serializer(),
                        Serdes.bytes().serializer());
            }

            @Override
            public Consumer<byte[], byte[]> consumer(String id, Map<String, String> settings) {
                return Consumer.create(
                        consumerConfig(id, settings),
                        Serdes.bytes().deserializer(),
                        Serdes.bytes().deserializer());
            }

            @Override
            public Consumer<byte[], byte[]> member(
                    String id, Map<String, String> settings, PartitionAssignor assignor) {
                return Consumer.create(
                        consumerConfig(id, settings),
                        Serdes.bytes().deserializer(),
                        Serdes.bytes().deserializer(),
                        List.of(assignor));
            }

            @Override
            public Admin admin(String id) {
                return Admin.create(merged(id, shared, Map.of(), Map.of()));
            }

            private Map<String, String> consumerConfig(String id, Map<String, String> settings) {
                Map<String, String> config = merged(id, shared, consumer, settings);
                config.putIfAbsent("enable.auto.commit", "false");
                config.putIfAbsent("auto.offset.reset", "earliest");
                if (config.containsKey("group.id") && !config.containsKey(SESSION_TIMEOUT)) {
                    config.put(SESSION_TIMEOUT, GROUP_SESSION_MS);
                    config.putIfAbsent("heartbeat.interval.ms", GROUP_HEARTBEAT_MS);
                }
                return config;
            }
        };
    }

    private static Map<String, String> merged(
            String clientId,
            Map<String, String> shared,
            Map<String, String> worker,
            Map<String, String> settings) {
        Map<String, String> config = new TreeMap<>(shared);
        config.put("client.id", clientId);
        config.putAll(worker);
        config.putAll(settings);
        return config;
    }
}
