package io.millrace.system.foreign.kafkaclients;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/** Records of every kind go in, and come out as they were. */
final class RecordScenarios {
    private final Cluster cluster;

    RecordScenarios(Cluster cluster) {
        this.cluster = cluster;
    }

    void addTo(Scenarios scenarios) {
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            scenarios.add("codec." + codec, answer -> codec(answer, codec));
        }
        scenarios.add("records.headers", this::headers);
        scenarios.add("records.nulls", this::nulls);
        scenarios.add("records.timestamps", this::timestamps);
        scenarios.add("records.too-large", this::tooLarge);
        scenarios.add("produce.acks", this::acks);
        scenarios.add("produce.idempotent", this::idempotent);
        scenarios.add("produce.partitioner", this::partitioner);
    }

    private void codec(Answer answer, String codec) throws Exception {
        String topic = "codec-" + codec;
        cluster.createTopic(topic, 1);
        try (KafkaProducer<String, String> producer =
                cluster.producer(Map.of("compression.type", codec, "linger.ms", 50))) {
            for (int i = 0; i < 200; i++) {
                producer.send(
                        new ProducerRecord<>(
                                topic, 0, "k" + i, "value-" + i + "-" + "x".repeat(i)));
            }
        }
        List<String> found = cluster.read(topic);
        answer.put("count", found.size())
                .put("first", found.get(0))
                .put("hash", String.join("\n", found).hashCode());
    }

    private void headers(Answer answer) throws Exception {
        cluster.createTopic("headers", 1);
        try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
            ProducerRecord<String, String> record = new ProducerRecord<>("headers", 0, "k", "v");
            record.headers()
                    .add("a", "1".getBytes(StandardCharsets.UTF_8))
                    .add("a", "2".getBytes(StandardCharsets.UTF_8))
                    .add("empty", new byte[0])
                    .add("none", null)
                    .add("é", "ü".getBytes(StandardCharsets.UTF_8));
            producer.send(record).get();
        }
        answer.put("records", cluster.read("headers"));
    }

    private void nulls(Answer answer) throws Exception {
        cluster.createTopic("nulls", 1);
        try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
            producer.send(new ProducerRecord<>("nulls", 0, null, "v"));
            producer.send(new ProducerRecord<>("nulls", 0, "k", null));
            producer.send(new ProducerRecord<>("nulls", 0, null, null));
            producer.send(new ProducerRecord<>("nulls", 0, "", ""));
        }
        answer.put("records", cluster.read("nulls"));
    }

    private void timestamps(Answer answer) throws Exception {
        cluster.createTopic("create-time", 1);
        cluster.createTopic("append-time", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis() - 60_000;
        try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
            producer.send(new ProducerRecord<>("create-time", 0, 0L, "k", "zero"));
            producer.send(new ProducerRecord<>("create-time", 0, 1_700_000_000_123L, "k", "v"));
            RecordMetadata appended =
                    producer.send(new ProducerRecord<>("append-time", 0, 5L, "k", "v")).get();
            answer.put("broker's time in the answer", appended.timestamp() > before);
        }
        for (String topic : List.of("create-time", "append-time")) {
            try (KafkaConsumer<String, String> consumer = cluster.consumer(Map.of())) {
                consumer.assign(List.of(new TopicPartition(topic, 0)));
                answer.put(
                        topic,
                        Cluster.poll(consumer, topic.equals("append-time") ? 1 : 2).stream()
                                .map(
                                        record ->
                                                record.timestampType()
                                                        + " "
                                                        + (record.timestamp() > before
                                                                ? "now"
                                                                : record.timestamp()))
                                .toList());
            }
        }
    }

    private void tooLarge(Answer answer) throws Exception {
        cluster.createTopic("too-large", 1, Map.of("max.message.bytes", "1000"));
        try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
            answer.refusal(
                    "2000 bytes",
                    () -> producer.send(new ProducerRecord<>("too-large", "x".repeat(2000))).get());
            producer.send(new ProducerRecord<>("too-large", "y".repeat(500))).get();
        }
        answer.put("stored", cluster.read("too-large").size());
    }

    /** Batches above the topic's limit: the client splits them. Needs clients of 3.x. */
    void split(Answer answer) throws Exception {
        cluster.createTopic("split", 1, Map.of("max.message.bytes", "1000"));
        try (KafkaProducer<String, String> producer = cluster.producer(Map.of("linger.ms", 100))) {
            for (int i = 0; i < 20; i++) {
                producer.send(new ProducerRecord<>("split", i + "z".repeat(300)));
            }
        }
        answer.put("stored", cluster.read("split").size());
    }

    private void acks(Answer answer) throws Exception {
        cluster.createTopic("acks", 1);
        for (String acks : List.of("0", "1", "all")) {
            try (KafkaProducer<String, String> producer =
                    cluster.producer(Map.of("acks", acks, "enable.idempotence", "false"))) {
                RecordMetadata sent = producer.send(new ProducerRecord<>("acks", acks)).get();
                answer.put("offset known with acks=" + acks, sent.hasOffset());
            }
        }
        answer.put(
                "values",
                cluster.read("acks").stream().map(one -> one.split("=")[1]).sorted().toList());
    }

    private void idempotent(Answer answer) throws Exception {
        cluster.createTopic("idempotent", 1);
        try (KafkaProducer<String, String> producer =
                cluster.producer(
                        Map.of("enable.idempotence", "true", "batch.size", 100, "acks", "all"))) {
            for (int i = 0; i < 500; i++) {
                producer.send(new ProducerRecord<>("idempotent", 0, null, "v" + i));
            }
        }
        answer.put("hash", String.join("\n", cluster.read("idempotent")).hashCode());
    }

    private void partitioner(Answer answer) throws Exception {
        cluster.createTopic("partitioner", 5);
        try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
            for (int i = 0; i < 20; i++) {
                producer.send(new ProducerRecord<>("partitioner", "key" + i, "v"));
            }
        }
        answer.put("records", cluster.read("partitioner"));
    }
}
