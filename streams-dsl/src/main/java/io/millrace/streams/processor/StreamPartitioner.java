package io.millrace.streams.processor;

import java.util.Optional;
import java.util.Set;

/** Chooses the partitions an output record goes to. */
@FunctionalInterface
public interface StreamPartitioner<K, V> {
    /**
     * @return the partitions; the empty set drops the record; empty asks for the default, a hash of
     *     the key's bytes
     */
    Optional<Set<Integer>> partitions(String topic, K key, V value, int numPartitions);
}
