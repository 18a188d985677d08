package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What one {@code poll} returned: records by partition, each partition in offset order. Immutable.
 */
public final class ConsumerRecords<K, V> implements Iterable<ConsumerRecord<K, V>> {
    private final Map<TopicPartition, List<ConsumerRecord<K, V>>> byPartition;
    private final Map<TopicPartition, OffsetAndMetadata> nextOffsets;
    private final int count;

    /**
     * @param byPartition records of each partition, in order; not copied
     * @param nextOffsets the consumer's position behind each partition named in {@code byPartition}
     */
    public ConsumerRecords(
            Map<TopicPartition, List<ConsumerRecord<K, V>>> byPartition,
            Map<TopicPartition, OffsetAndMetadata> nextOffsets) {
        this.byPartition = byPartition;
        this.nextOffsets = nextOffsets;
        int sum = 0;
        for (List<ConsumerRecord<K, V>> records : byPartition.values()) {
            sum += records.size();
        }
        this.count = sum;
    }

    public static <K, V> ConsumerRecords<K, V> empty() {
        return new ConsumerRecords<>(Map.of(), Map.of());
    }

    /** Records of one partition; none is the empty list. */
    public List<ConsumerRecord<K, V>> records(TopicPartition partition) {
        return byPartition.getOrDefault(partition, List.of());
    }

    /** Partitions that have records here. */
    public Set<TopicPartition> partitions() {
        return byPartition.keySet();
    }

    /** What to commit once these records are processed. */
    public Map<TopicPartition, OffsetAndMetadata> nextOffsets() {
        return new LinkedHashMap<>(nextOffsets);
    }

    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    public Stream<ConsumerRecord<K, V>> stream() {
        return StreamSupport.stream(spliterator(), false);
    }

    @Override
    public Iterator<ConsumerRecord<K, V>> iterator() {
        Iterator<List<ConsumerRecord<K, V>>> lists = byPartition.values().iterator();
        return new Iterator<>() {
            private Iterator<ConsumerRecord<K, V>> current =
                    List.<ConsumerRecord<K, V>>of().iterator();

            @Override
            public boolean hasNext() {
                while (!current.hasNext() && lists.hasNext()) {
                    current = lists.next().iterator();
                }
                return current.hasNext();
            }

            @Override
            public ConsumerRecord<K, V> next() {
                return hasNext() ? current.next() : noneLeft();
            }

            private ConsumerRecord<K, V> noneLeft() {
                throw new NoSuchElementException("no more records");
            }
        };
    }
}
