package io.millrace.streams.kstream;

import io.millrace.streams.processor.StreamPartitioner;
import io.millrace.streams.serialization.Serde;
import org.jspecify.annotations.Nullable;

/**
 * How {@link KStream#repartition} goes through its topic.
 *
 * @param numberOfPartitions null adopts the partition count of what it is joined with or made from
 */
public record Repartitioned<K, V>(
        @Nullable String name,
        @Nullable Serde<K> keySerde,
        @Nullable Serde<V> valueSerde,
        @Nullable Integer numberOfPartitions,
        @Nullable StreamPartitioner<? super K, ? super V> partitioner) {

    public static <K, V> Repartitioned<K, V> as(String name) {
        return new Repartitioned<>(name, null, null, null, null);
    }

    public static <K, V> Repartitioned<K, V> with(
            @Nullable Serde<K> keySerde, @Nullable Serde<V> valueSerde) {
        return new Repartitioned<>(null, keySerde, valueSerde, null, null);
    }

    public static <K, V> Repartitioned<K, V> numberOfPartitions(int count) {
        return new Repartitioned<>(null, null, null, count, null);
    }

    public Repartitioned<K, V> withName(@Nullable String newName) {
        return new Repartitioned<>(newName, keySerde, valueSerde, numberOfPartitions, partitioner);
    }

    public Repartitioned<K, V> withKeySerde(@Nullable Serde<K> serde) {
        return new Repartitioned<>(name, serde, valueSerde, numberOfPartitions, partitioner);
    }

    public Repartitioned<K, V> withValueSerde(@Nullable Serde<V> serde) {
        return new Repartitioned<>(name, keySerde, serde, numberOfPartitions, partitioner);
    }

    public Repartitioned<K, V> withNumberOfPartitions(int count) {
        return new Repartitioned<>(name, keySerde, valueSerde, count, partitioner);
    }

    public Repartitioned<K, V> withStreamPartitioner(
            StreamPartitioner<? super K, ? super V> newPartitioner) {
        return new Repartitioned<>(name, keySerde, valueSerde, numberOfPartitions, newPartitioner);
    }
}
