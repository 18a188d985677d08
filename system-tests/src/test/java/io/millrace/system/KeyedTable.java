package io.millrace.system;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;

/**
 * A topic read from its start to its end, and the table that it describes.
 *
 * @param table last value of every key that has one; of a value only what stands before the first
 *     blank
 * @param recordsRead how many records were there
 * @param tombstones how many of them had no value
 * @param keysReadTwice keys of more than one record
 */
record KeyedTable(Map<String, String> table, long recordsRead, long tombstones, int keysReadTwice) {

    /** Reads committed records, once every transaction has ended. */
    static KeyedTable read(String bootstrap, String topic, int partitionCount) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("isolation.level", "read_committed");
        Map<String, String> table = new TreeMap<>();
        Set<String> seen = new HashSet<>();
        Set<String> twice = new HashSet<>();
        long count = 0;
        long tombstones = 0;
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (int partition = 0; partition < partitionCount; partition++) {
                partitions.add(new TopicPartition(topic, partition));
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = endOffsets(bootstrap, partitions);
            // Markers of the last transaction may still be on their way.
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> consumer.endOffsets(partitions).equals(ends));
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(200))) {
                    String key = new String(record.key(), StandardCharsets.US_ASCII);
                    count++;
                    if (!seen.add(key)) {
                        twice.add(key);
                    }
                    if (record.value() == null) {
                        tombstones++;
                        table.remove(key);
                    } else {
                        String value = new String(record.value(), StandardCharsets.US_ASCII);
                        table.put(key, value.split(" ", 2)[0]);
                    }
                }
            }
        }
        twice.removeIf(key -> key.startsWith("filler"));
        return new KeyedTable(table, count, tombstones, twice.size());
    }

    private static Map<TopicPartition, Long> endOffsets(
            String bootstrap, List<TopicPartition> partitions) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", bootstrap),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            return consumer.endOffsets(partitions);
        }
    }

    /** Keys whose values are not the expected ones, with both. */
    List<String> differencesFrom(Map<String, String> expected) {
        Set<String> keys = new TreeSet<>(expected.keySet());
        keys.addAll(table.keySet());
        return keys.stream()
                .filter(key -> !key.startsWith("filler"))
                .filter(key -> !Objects.equals(expected.get(key), table.get(key)))
                .map(key -> key + ": " + expected.get(key) + " expected, is " + table.get(key))
                .toList();
    }
}
