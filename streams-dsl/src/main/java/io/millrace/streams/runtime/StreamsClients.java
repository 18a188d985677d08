package io.millrace.streams.runtime;

import io.millrace.clients.admin.Admin;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.PartitionAssignor;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.serde.Serde;
import io.millrace.clients.serde.Serdes;
import io.millrace.streams.StreamsConfig;
import java.util.List;

/** Makes the clients of one stream thread. */
final class StreamsClients {
    private final StreamsConfig config;
    private final String name;

    /**
     * @param name client id of all of them, before a suffix
     */
    StreamsClients(StreamsConfig config, String name) {
        this.config = config;
        this.name = name;
    }

    Consumer<byte[], byte[]> mainConsumer(PartitionAssignor assignor) {
        Serde<byte[]> bytes = Serdes.bytes();
        return Consumer.create(
                config.mainConsumerConfig(name + "-consumer"),
                bytes.deserializer(),
                bytes.deserializer(),
                List.of(assignor));
    }

    Consumer<byte[], byte[]> restoreConsumer() {
        Serde<byte[]> bytes = Serdes.bytes();
        return Consumer.create(
                config.restoreConsumerConfig(name + "-restore"),
                bytes.deserializer(),
                bytes.deserializer());
    }

    Producer<byte[], byte[]> producer() {
        Serde<byte[]> bytes = Serdes.bytes();
        return Producer.create(
                config.producerConfig(name + "-producer"), bytes.serializer(), bytes.serializer());
    }

    Admin admin() {
        return Admin.create(config.adminConfig(name + "-admin"));
    }
}
