package io.millrace.system.foreign.kafkaclients;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Clients of one cluster, and the steps that most scenarios begin or end with. */
record Cluster(String bootstrap) {
    static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Duration POLL = Duration.ofMillis(200);

    Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    KafkaProducer<String, String> producer(Map<String, Object> config) {
        Map<String, Object> all = new HashMap<>(config);
        all.put("bootstrap.servers", bootstrap);
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    KafkaConsumer<String, String> consumer(Map<String, Object> config) {
        Map<String, Object> all = new HashMap<>(config);
        all.put("bootstrap.servers", bootstrap);
        all.putIfAbsent("enable.auto.commit", "false");
        all.putIfAbsent("auto.offset.reset", "earliest");
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    KafkaConsumer<String, String> consumer(String group) {
        return consumer(Map.of("group.id", group));
    }

    void createTopic(String topic, int partitions) throws Exception {
        createTopic(topic, partitions, Map.of());
    }

    void createTopic(String topic, int partitions, Map<String, String> config) throws Exception {
        try (Admin admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(config)))
                    .all()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            awaitPolling(topic, () -> admin.listTopics().names().get().contains(topic));
        }
    }

    /**
     * Sends {@code v0 … v(count - 1)} with keys of the same number, and waits until all are safe.
     */
    void fill(String topic, int partition, int count) {
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, partition, "k" + i, "v" + i));
            }
        }
    }

    /** Everything in the topic up to its end, by partition and offset. */
    List<String> read(String topic, String isolation) {
        try (KafkaConsumer<String, String> consumer =
                consumer(Map.of("isolation.level", isolation))) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(topic).stream()
                            .map(found -> new TopicPartition(topic, found.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<String, String>> found = new ArrayList<>();
            awaitPolling(
                    "the end of " + topic,
                    () -> {
                        consumer.poll(POLL).forEach(found::add);
                        return partitions.stream()
                                .allMatch(
                                        partition ->
                                                consumer.position(partition)
                                                        >= ends.get(partition));
                    });
            return found.stream()
                    .sorted(
                            Comparator.<ConsumerRecord<String, String>>comparingInt(
                                            ConsumerRecord::partition)
                                    .thenComparingLong(ConsumerRecord::offset))
                    .map(Cluster::show)
                    .toList();
        }
    }

    List<String> read(String topic) {
        return read(topic, "read_uncommitted");
    }

    /** {@code partition@offset key=value} and the headers. */
    static String show(ConsumerRecord<?, ?> record) {
        String headers =
                StreamSupport.stream(record.headers().spliterator(), false)
                        .map(header -> header.key() + "=" + text(header))
                        .collect(Collectors.joining(","));
        return record.partition()
                + "@"
                + record.offset()
                + " "
                + record.key()
                + "="
                + record.value()
                + (headers.isEmpty() ? "" : " {" + headers + "}");
    }

    private static String text(Header header) {
        return header.value() == null ? "null" : new String(header.value(), StandardCharsets.UTF_8);
    }

    /** Polls until so many records have come. */
    static List<ConsumerRecord<String, String>> poll(
            KafkaConsumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> found = new ArrayList<>();
        awaitPolling(
                count + " records",
                () -> {
                    ConsumerRecords<String, String> records = consumer.poll(POLL);
                    records.forEach(found::add);
                    return found.size() >= count;
                });
        return found;
    }

    /** Asks again and again; the question itself takes a moment. */
    static void awaitPolling(String what, java.util.concurrent.Callable<Boolean> question) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (!question.call()) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(what + ": not within " + PATIENCE);
                }
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(what, e);
        }
    }

    static Set<TopicPartition> set(TopicPartition... partitions) {
        return Set.of(partitions);
    }
}
