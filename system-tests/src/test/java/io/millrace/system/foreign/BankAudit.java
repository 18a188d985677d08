package io.millrace.system.foreign;

import io.millrace.system.foreign.streams.BankTransfers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads what the job has committed, each time up to the last stable offset and no further. */
final class BankAudit implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaConsumer<String, String> consumer;
    private final List<TopicPartition> partitions = new ArrayList<>();
    private final Map<String, Long> balances = new HashMap<>();
    private final Map<String, Long> amounts = new HashMap<>();
    private final List<String> violations = new ArrayList<>();
    private long seen;

    BankAudit(String bootstrap) {
        consumer =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                bootstrap,
                                "isolation.level",
                                "read_committed",
                                "reconnect.backoff.max.ms",
                                "200"),
                        new StringDeserializer(),
                        new StringDeserializer());
        for (String topic :
                List.of(BankTransfers.BALANCES, BankTransfers.AMOUNTS, BankTransfers.VIOLATIONS)) {
            for (int branch = 0; branch < BankLoad.BRANCHES; branch++) {
                partitions.add(new TopicPartition(topic, branch));
            }
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        for (int branch = 0; branch < BankLoad.BRANCHES; branch++) {
            for (int account = 0; account < 10; account++) {
                balances.put("balance " + branch + " a" + account, BankTransfers.OPENING_BALANCE);
            }
        }
    }

    /** Takes in everything up to the last stable offsets of this moment. */
    void readCommitted() {
        Map<TopicPartition, Long> ends;
        try {
            ends = consumer.endOffsets(partitions);
        } catch (RetriableException e) {
            return; // the broker is starting
        }
        boolean more = true;
        while (more) {
            for (TopicPartition partition : partitions) {
                if (consumer.position(partition) >= ends.get(partition)) {
                    consumer.pause(List.of(partition));
                } else {
                    consumer.resume(List.of(partition));
                }
            }
            for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
                TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                if (record.offset() < ends.get(partition)) {
                    take(record);
                } else {
                    consumer.seek(partition, ends.get(partition));
                    consumer.pause(List.of(partition));
                }
            }
            more =
                    partitions.stream()
                            .anyMatch(
                                    partition ->
                                            consumer.position(partition) < ends.get(partition));
        }
    }

    private void take(ConsumerRecord<String, String> record) {
        switch (record.topic()) {
            case BankTransfers.BALANCES -> {
                balances.put(record.key(), Long.parseLong(record.value()));
                seen++;
            }
            case BankTransfers.AMOUNTS -> amounts.put(record.key(), Long.parseLong(record.value()));
            default -> violations.add(record.value());
        }
    }

    /** The money of each branch. */
    List<Long> totals() {
        Map<String, Long> totals = new HashMap<>();
        balances.forEach((key, balance) -> totals.merge(key.split(" ")[1], balance, Long::sum));
        return List.copyOf(totals.values());
    }

    /** How many balances were read. */
    long seen() {
        return seen;
    }

    Map<String, Long> balances() {
        return balances;
    }

    Map<String, Long> amounts() {
        return amounts;
    }

    List<String> violations() {
        return violations;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
