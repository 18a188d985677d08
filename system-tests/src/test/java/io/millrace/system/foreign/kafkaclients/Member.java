package io.millrace.system.foreign.kafkaclients;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** A member of a group, with what it was given, what was taken from it and what it has read. */
final class Member implements ConsumerRebalanceListener, AutoCloseable {
    private final KafkaConsumer<String, String> consumer;
    private final List<String> read = new ArrayList<>();
    private int mostRevokedAtOnce;

    Member(KafkaConsumer<String, String> consumer, String topic) {
        this.consumer = consumer;
        consumer.subscribe(List.of(topic), this);
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        mostRevokedAtOnce = Math.max(mostRevokedAtOnce, partitions.size());
    }

    /** Polls the members in turn until each holds as many partitions as said. */
    static void awaitPartitions(List<Member> members, List<Integer> counts) {
        Cluster.awaitPolling(
                "partitions " + counts,
                () -> {
                    members.forEach(Member::poll);
                    return members.stream()
                            .map(member -> member.assignment().size())
                            .toList()
                            .equals(counts);
                });
    }

    void poll() {
        consumer.poll(Duration.ofMillis(50)).forEach(record -> read.add(Cluster.show(record)));
        consumer.commitAsync();
    }

    Set<TopicPartition> assignment() {
        return consumer.assignment();
    }

    /** The partitions' numbers. */
    Set<Integer> partitions() {
        return assignment().stream()
                .map(TopicPartition::partition)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    List<String> read() {
        return read;
    }

    int mostRevokedAtOnce() {
        return mostRevokedAtOnce;
    }

    KafkaConsumer<String, String> consumer() {
        return consumer;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
