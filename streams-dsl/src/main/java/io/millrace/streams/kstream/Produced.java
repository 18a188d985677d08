package io.millrace.streams.kstream;

import io.millrace.streams.processor.StreamPartitioner;
import io.millrace.streams.serialization.Serde;
import org.jspecify.annotations.Nullable;

/**
 * How a topic is written. What is null falls back to the stream's serdes, then the configuration.
 */
public record Produced<K, V>(
        @Nullable Serde<K> keySerde,
        @Nullable Serde<V> valueSerde,
        @Nullable StreamPartitioner<? super K, ? super V> partitioner,
        @Nullable String name) {

    public static <K, V> Produced<K, V> with(
            @Nullable Serde<K> keySerde, @Nullable Serde<V> valueSerde) {
        return new Produced<>(keySerde, valueSerde, null, null);
    }

    public static <K, V> Produced<K, V> as(String name) {
        return new Produced<>(null, null, null, name);
    }

    public static <K, V> Produced<K, V> keySerde(Serde<K> serde) {
        return new Produced<>(serde, null, null, null);
    }

    public static <K, V> Produced<K, V> valueSerde(Serde<V> serde) {
        return new Produced<>(null, serde, null, null);
    }

    public Produced<K, V> withKeySerde(@Nullable Serde<K> serde) {
        return new Produced<>(serde, valueSerde, partitioner, name);
    }

    public Produced<K, V> withValueSerde(@Nullable Serde<V> serde) {
        return new Produced<>(keySerde, serde, partitioner, name);
    }

    public Produced<K, V> withStreamPartitioner(
            @Nullable StreamPartitioner<? super K, ? super V> newPartitioner) {
        return new Produced<>(keySerde, valueSerde, newPartitioner, name);
    }

    public Produced<K, V> withName(@Nullable String newName) {
        return new Produced<>(keySerde, valueSerde, partitioner, newName);
    }
}
