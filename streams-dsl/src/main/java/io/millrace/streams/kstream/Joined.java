package io.millrace.streams.kstream;

import io.millrace.streams.serialization.Serde;
import org.jspecify.annotations.Nullable;

/** Serdes of a stream-table join, and the name of its repartition topic if it needs one. */
public record Joined<K, V, VO>(
        @Nullable Serde<K> keySerde,
        @Nullable Serde<V> valueSerde,
        @Nullable Serde<VO> otherValueSerde,
        @Nullable String name) {

    public static <K, V, VO> Joined<K, V, VO> with(
            @Nullable Serde<K> keySerde,
            @Nullable Serde<V> valueSerde,
            @Nullable Serde<VO> otherValueSerde) {
        return new Joined<>(keySerde, valueSerde, otherValueSerde, null);
    }

    public static <K, V, VO> Joined<K, V, VO> with(
            @Nullable Serde<K> keySerde,
            @Nullable Serde<V> valueSerde,
            @Nullable Serde<VO> otherValueSerde,
            @Nullable String name) {
        return new Joined<>(keySerde, valueSerde, otherValueSerde, name);
    }

    public static <K, V, VO> Joined<K, V, VO> as(String name) {
        return new Joined<>(null, null, null, name);
    }

    public static <K, V, VO> Joined<K, V, VO> keySerde(Serde<K> serde) {
        return new Joined<>(serde, null, null, null);
    }

    public Joined<K, V, VO> withKeySerde(@Nullable Serde<K> serde) {
        return new Joined<>(serde, valueSerde, otherValueSerde, name);
    }

    public Joined<K, V, VO> withValueSerde(@Nullable Serde<V> serde) {
        return new Joined<>(keySerde, serde, otherValueSerde, name);
    }

    public Joined<K, V, VO> withOtherValueSerde(@Nullable Serde<VO> serde) {
        return new Joined<>(keySerde, valueSerde, serde, name);
    }

    public Joined<K, V, VO> withName(@Nullable String newName) {
        return new Joined<>(keySerde, valueSerde, otherValueSerde, newName);
    }
}
