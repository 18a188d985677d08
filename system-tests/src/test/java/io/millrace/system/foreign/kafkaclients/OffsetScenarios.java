package io.millrace.system.foreign.kafkaclients;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Positions: committed, sought, found by time, and lost. */
final class OffsetScenarios {
    private final Cluster cluster;

    OffsetScenarios(Cluster cluster) {
        this.cluster = cluster;
    }

    void addTo(Scenarios scenarios) {
        scenarios.add("offsets.commit", this::commit);
        scenarios.add("offsets.auto-commit", this::autoCommit);
        scenarios.add("offsets.seek", this::seek);
        scenarios.add("offsets.by-timestamp", this::byTimestamp);
        scenarios.add("offsets.reset", this::reset);
    }

    private void commit(Answer answer) throws Exception {
        cluster.createTopic("commit", 2);
        cluster.fill("commit", 0, 10);
        cluster.fill("commit", 1, 10);
        TopicPartition first = new TopicPartition("commit", 0);
        TopicPartition second = new TopicPartition("commit", 1);
        try (KafkaConsumer<String, String> consumer = cluster.consumer("commit-group")) {
            consumer.assign(List.of(first, second));
            answer.put("before", show(consumer.committed(Cluster.set(first, second))));
            consumer.commitSync(
                    Map.of(
                            first,
                            new OffsetAndMetadata(4, "noted"),
                            second,
                            new OffsetAndMetadata(0)));
            answer.put("after", show(consumer.committed(Cluster.set(first, second))));
        }
        try (KafkaConsumer<String, String> consumer = cluster.consumer("commit-group")) {
            consumer.subscribe(List.of("commit"));
            Cluster.poll(consumer, 16);
            consumer.commitSync();
            answer.put("read to the end", show(consumer.committed(Cluster.set(first, second))));
        }
        try (KafkaConsumer<String, String> consumer = cluster.consumer("commit-group")) {
            consumer.assign(List.of(first, second));
            answer.put("resumes at", List.of(consumer.position(first), consumer.position(second)));
        }
    }

    private void autoCommit(Answer answer) throws Exception {
        cluster.createTopic("auto-commit", 1);
        cluster.fill("auto-commit", 0, 7);
        TopicPartition partition = new TopicPartition("auto-commit", 0);
        try (KafkaConsumer<String, String> consumer =
                cluster.consumer(
                        Map.of("group.id", "auto-commit-group", "enable.auto.commit", "true"))) {
            consumer.subscribe(List.of("auto-commit"));
            Cluster.poll(consumer, 7);
        }
        try (KafkaConsumer<String, String> consumer = cluster.consumer("auto-commit-group")) {
            answer.put("committed by close", show(consumer.committed(Cluster.set(partition))));
        }
    }

    private void seek(Answer answer) throws Exception {
        cluster.createTopic("seek", 1);
        cluster.fill("seek", 0, 10);
        TopicPartition partition = new TopicPartition("seek", 0);
        try (KafkaConsumer<String, String> consumer =
                cluster.consumer(Map.of("max.poll.records", 3))) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 5);
            answer.put("from 5", Cluster.show(Cluster.poll(consumer, 1).get(0)));
            consumer.seekToEnd(List.of(partition));
            answer.put("end", consumer.position(partition));
            consumer.seekToBeginning(List.of(partition));
            answer.put("beginning", consumer.position(partition));
            consumer.pause(List.of(partition));
            answer.put("paused", consumer.poll(java.time.Duration.ofMillis(300)).count());
            consumer.resume(List.of(partition));
            answer.put("resumed", Cluster.show(Cluster.poll(consumer, 1).get(0)));
        }
    }

    private void byTimestamp(Answer answer) throws Exception {
        cluster.createTopic("by-timestamp", 1);
        TopicPartition partition = new TopicPartition("by-timestamp", 0);
        long start = 1_700_000_000_000L;
        try (KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
            for (long at : List.of(0L, 1000L, 2000L, 1500L, 3000L)) {
                producer.send(new ProducerRecord<>("by-timestamp", 0, start + at, "k", "v" + at))
                        .get();
            }
        }
        try (KafkaConsumer<String, String> consumer = cluster.consumer(Map.of())) {
            for (long at : List.of(-1000L, 0L, 1L, 1600L, 2500L, 3000L, 3001L)) {
                OffsetAndTimestamp found =
                        consumer.offsetsForTimes(Map.of(partition, start + at)).get(partition);
                answer.put(
                        "at " + at,
                        found == null
                                ? "none"
                                : found.offset() + " of " + (found.timestamp() - start));
            }
            answer.put(
                    "bounds",
                    List.of(
                            consumer.beginningOffsets(List.of(partition)).get(partition),
                            consumer.endOffsets(List.of(partition)).get(partition)));
        }
    }

    private void reset(Answer answer) throws Exception {
        cluster.createTopic("reset", 1);
        cluster.fill("reset", 0, 10);
        TopicPartition partition = new TopicPartition("reset", 0);
        for (String policy : List.of("none", "earliest", "latest")) {
            try (KafkaConsumer<String, String> consumer =
                    cluster.consumer(
                            Map.of("group.id", "reset-" + policy, "auto.offset.reset", policy))) {
                consumer.assign(List.of(partition));
                answer.refusal(
                        policy + " without a commit",
                        () -> answer.put(policy + " starts at", consumer.position(partition)));
                consumer.seek(partition, 1000);
                answer.refusal(
                        policy + " out of range",
                        () -> {
                            List<Long> read = new java.util.ArrayList<>();
                            Cluster.awaitPolling(
                                    "reset",
                                    () -> {
                                        consumer.poll(java.time.Duration.ofMillis(100))
                                                .forEach(record -> read.add(record.offset()));
                                        return consumer.position(partition) == 10;
                                    });
                            answer.put(policy + " reads", read);
                        });
            }
        }
    }

    /** Partitions with their offsets and what was noted with them. */
    static Map<String, String> show(Map<TopicPartition, OffsetAndMetadata> offsets) {
        Map<String, String> shown = new TreeMap<>();
        offsets.forEach(
                (partition, offset) ->
                        shown.put(
                                partition.toString(),
                                offset == null
                                        ? "none"
                                        : offset.offset() + " '" + offset.metadata() + "'"));
        return shown;
    }
}
