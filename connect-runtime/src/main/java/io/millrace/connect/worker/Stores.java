package io.millrace.connect.worker;

import io.millrace.base.time.Clock;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.producer.Producer;
import io.millrace.connect.kafka.InternalTopics;
import io.millrace.connect.kafka.KafkaClients;
import io.millrace.connect.kafka.KafkaTableLog;
import io.millrace.connect.kafka.TableLog;
import java.util.Map;

/** The worker's three internal topics, open for reading and writing. */
record Stores(
        TableLog configs, TableLog offsets, TableLog statuses, Producer<byte[], byte[]> producer)
        implements AutoCloseable {

    /** Creates absent topics and opens all three. */
    static Stores open(WorkerConfig config, KafkaClients clients, Admin admin, Clock clock) {
        InternalTopics topics = new InternalTopics(admin);
        int configPartitions = topics.ensure(wanted(config.configTopic(), true));
        int offsetPartitions = topics.ensure(wanted(config.offsetTopic(), false));
        int statusPartitions = topics.ensure(wanted(config.statusTopic(), false));
        Producer<byte[], byte[]> producer =
                clients.producer("connect-stores-" + config.groupId(), Map.of());
        return new Stores(
                log(config.configTopic(), configPartitions, clients, producer, clock),
                log(config.offsetTopic(), offsetPartitions, clients, producer, clock),
                log(config.statusTopic(), statusPartitions, clients, producer, clock),
                producer);
    }

    private static InternalTopics.Wanted wanted(WorkerConfig.Topic topic, boolean exact) {
        return new InternalTopics.Wanted(
                topic.name(),
                topic.partitions(),
                exact,
                topic.replicationFactor(),
                topic.configs());
    }

    private static TableLog log(
            WorkerConfig.Topic topic,
            int partitions,
            KafkaClients clients,
            Producer<byte[], byte[]> producer,
            Clock clock) {
        return new KafkaTableLog(
                topic.name(),
                partitions,
                clients.consumer("connect-table-" + topic.name(), Map.of()),
                producer,
                clock);
    }

    @Override
    public void close() {
        configs.close();
        offsets.close();
        statuses.close();
        producer.close();
    }
}
