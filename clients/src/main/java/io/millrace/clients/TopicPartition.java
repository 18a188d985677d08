package io.millrace.clients;

import java.util.Comparator;

/** One partition of one topic, by name. Ordered by topic, then partition. */
public record TopicPartition(String topic, int partition) implements Comparable<TopicPartition> {
    private static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    public TopicPartition {
        if (partition < 0) {
            throw new IllegalArgumentException(topic + ": partition " + partition + " is negative");
        }
    }

    @Override
    public int compareTo(TopicPartition other) {
        return ORDER.compare(this, other);
    }

    /** As operators write it: {@code orders-3}. */
    @Override
    public String toString() {
        return topic + "-" + partition;
    }
}
