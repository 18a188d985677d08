package io.millrace.streams.kstream;

import io.millrace.streams.serialization.Serde;
import org.jspecify.annotations.Nullable;

/** Serdes of a grouping, and the name of its repartition topic if it needs one. */
public record Grouped<K, V>(
        @Nullable String name, @Nullable Serde<K> keySerde, @Nullable Serde<V> valueSerde) {

    public static <K, V> Grouped<K, V> as(String name) {
        return new Grouped<>(name, null, null);
    }

    public static <K, V> Grouped<K, V> with(
            @Nullable Serde<K> keySerde, @Nullable Serde<V> valueSerde) {
        return new Grouped<>(null, keySerde, valueSerde);
    }

    public static <K, V> Grouped<K, V> with(
            @Nullable String name, @Nullable Serde<K> keySerde, @Nullable Serde<V> valueSerde) {
        return new Grouped<>(name, keySerde, valueSerde);
    }

    public static <K, V> Grouped<K, V> keySerde(Serde<K> serde) {
        return new Grouped<>(null, serde, null);
    }

    public static <K, V> Grouped<K, V> valueSerde(Serde<V> serde) {
        return new Grouped<>(null, null, serde);
    }

    public Grouped<K, V> withName(@Nullable String newName) {
        return new Grouped<>(newName, keySerde, valueSerde);
    }

    public Grouped<K, V> withKeySerde(@Nullable Serde<K> serde) {
        return new Grouped<>(name, serde, valueSerde);
    }

    public Grouped<K, V> withValueSerde(@Nullable Serde<V> serde) {
        return new Grouped<>(name, keySerde, serde);
    }
}
