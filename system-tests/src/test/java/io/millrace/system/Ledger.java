package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * What a reader of committed records has seen of the transactions of {@link TransactionalWriter}.
 */
final class Ledger implements AutoCloseable {
    static final List<TopicPartition> PARTITIONS =
            IntStream.range(0, TransactionalWriter.PARTITIONS)
                    .mapToObj(index -> new TopicPartition(TransactionalWriter.TOPIC, index))
                    .toList();

    private final KafkaConsumer<String, String> consumer;
    private final Map<String, Set<Integer>> indexes = new HashMap<>();
    private final Map<String, Integer> sizes = new HashMap<>();

    Ledger(String bootstrap) {
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        config.put("isolation.level", "read_committed");
        config.put("reconnect.backoff.max.ms", "200");
        consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
        consumer.assign(PARTITIONS);
        consumer.seekToBeginning(PARTITIONS);
    }

    void poll(Duration patience) {
        for (ConsumerRecord<String, String> record : consumer.poll(patience)) {
            String[] words = record.value().split(" ");
            assertThat(words).as("an aborted record was read: " + record).hasSize(3);
            boolean first =
                    indexes.computeIfAbsent(words[0], name -> new HashSet<>())
                            .add(Integer.parseInt(words[1]));
            assertThat(first).as("read twice: " + record).isTrue();
            sizes.put(words[0], Integer.parseInt(words[2]));
        }
    }

    /** Reads until nothing more is committed. */
    void readToEnd() {
        Map<TopicPartition, Long> ends = consumer.endOffsets(PARTITIONS);
        while (PARTITIONS.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
            poll(Duration.ofMillis(100));
        }
    }

    /** Transactions that were seen, wholly or not. */
    Set<String> seen() {
        return indexes.keySet();
    }

    /** Transactions of which something is missing. */
    List<String> torn() {
        return sizes.keySet().stream()
                .filter(name -> indexes.get(name).size() != sizes.get(name))
                .map(name -> name + ": " + indexes.get(name) + " of " + sizes.get(name))
                .toList();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
