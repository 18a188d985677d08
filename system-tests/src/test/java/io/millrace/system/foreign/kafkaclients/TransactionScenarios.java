package io.millrace.system.foreign.kafkaclients;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Transactions: all or nothing, for readers that ask for it. */
final class TransactionScenarios {
    private final Cluster cluster;

    TransactionScenarios(Cluster cluster) {
        this.cluster = cluster;
    }

    void addTo(Scenarios scenarios) {
        scenarios.add("txn.commit", this::commit);
        scenarios.add("txn.abort", this::abort);
        scenarios.add("txn.open", this::open);
        scenarios.add("txn.offsets", this::offsets);
        scenarios.add("txn.fencing", this::fencing);
        scenarios.add("txn.timeout", this::timeout);
    }

    private KafkaProducer<String, String> producer(String id) {
        KafkaProducer<String, String> producer = cluster.producer(Map.of("transactional.id", id));
        producer.initTransactions();
        return producer;
    }

    private static void send(KafkaProducer<String, String> producer, String topic, String what) {
        producer.send(new ProducerRecord<>(topic, 0, "k", what + " in 0"));
        producer.send(new ProducerRecord<>(topic, 1, "k", what + " in 1"));
    }

    private void commit(Answer answer) throws Exception {
        cluster.createTopic("txn-commit", 2);
        try (KafkaProducer<String, String> producer = producer("txn-commit")) {
            for (String what : List.of("first", "second", "third")) {
                producer.beginTransaction();
                send(producer, "txn-commit", what);
                send(producer, "txn-commit", what + " again");
                producer.commitTransaction();
            }
            producer.beginTransaction();
            producer.commitTransaction();
        }
        answer.put("committed", cluster.read("txn-commit", "read_committed"));
        answer.put("everything", cluster.read("txn-commit", "read_uncommitted"));
    }

    private void abort(Answer answer) throws Exception {
        cluster.createTopic("txn-abort", 2);
        try (KafkaProducer<String, String> producer = producer("txn-abort")) {
            for (String what : List.of("good", "bad", "better", "worse")) {
                producer.beginTransaction();
                send(producer, "txn-abort", what);
                producer.flush();
                if (what.equals("bad") || what.equals("worse")) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
        }
        answer.put("committed", cluster.read("txn-abort", "read_committed"));
        answer.put("everything", cluster.read("txn-abort", "read_uncommitted"));
    }

    private void open(Answer answer) throws Exception {
        cluster.createTopic("txn-open", 2);
        try (KafkaProducer<String, String> producer = producer("txn-open")) {
            producer.beginTransaction();
            send(producer, "txn-open", "settled");
            producer.commitTransaction();
            producer.beginTransaction();
            send(producer, "txn-open", "open");
            producer.flush();
            cluster.fill("txn-open", 0, 2);
            answer.put("committed, while open", cluster.read("txn-open", "read_committed"));
            answer.put("everything, while open", cluster.read("txn-open", "read_uncommitted"));
            TopicPartition partition = new TopicPartition("txn-open", 0);
            for (String isolation : List.of("read_committed", "read_uncommitted")) {
                try (KafkaConsumer<String, String> consumer =
                        cluster.consumer(Map.of("isolation.level", isolation))) {
                    answer.put(
                            "end for " + isolation,
                            consumer.endOffsets(List.of(partition)).get(partition));
                }
            }
            producer.commitTransaction();
        }
        answer.put("committed", cluster.read("txn-open", "read_committed"));
    }

    private void offsets(Answer answer) throws Exception {
        cluster.createTopic("txn-in", 1);
        cluster.createTopic("txn-out", 1);
        cluster.fill("txn-in", 0, 10);
        TopicPartition in = new TopicPartition("txn-in", 0);
        try (KafkaConsumer<String, String> consumer =
                        cluster.consumer(
                                Map.of(
                                        "group.id",
                                        "txn-offsets",
                                        "isolation.level",
                                        "read_committed"));
                KafkaProducer<String, String> producer = producer("txn-offsets")) {
            consumer.subscribe(List.of("txn-in"));
            Cluster.poll(consumer, 10);
            for (long offset : new long[] {3, 7, 10}) {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("txn-out", 0, "up to", "" + offset));
                producer.sendOffsetsToTransaction(
                        Map.of(in, new OffsetAndMetadata(offset, "at " + offset)),
                        consumer.groupMetadata());
                producer.flush();
                if (offset == 7) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
                answer.put(
                        "committed offset after " + offset,
                        OffsetScenarios.show(consumer.committed(Cluster.set(in))));
            }
        }
        answer.put("output", cluster.read("txn-out", "read_committed"));
    }

    private void fencing(Answer answer) throws Exception {
        cluster.createTopic("txn-fencing", 2);
        try (KafkaProducer<String, String> old = producer("txn-fencing")) {
            old.beginTransaction();
            send(old, "txn-fencing", "old");
            old.flush();
            try (KafkaProducer<String, String> young = producer("txn-fencing")) {
                answer.refusal("the old one commits", old::commitTransaction);
                young.beginTransaction();
                send(young, "txn-fencing", "young");
                young.commitTransaction();
            }
        }
        answer.put("committed", cluster.read("txn-fencing", "read_committed"));
    }

    private void timeout(Answer answer) throws Exception {
        cluster.createTopic("txn-timeout", 2);
        Map<String, Object> config = new HashMap<>();
        config.put("transactional.id", "txn-too-long");
        config.put("transaction.timeout.ms", 3_600_000);
        try (KafkaProducer<String, String> producer = cluster.producer(config)) {
            answer.refusal("an hour", producer::initTransactions);
        }
    }
}
