package io.millrace.streams.kstream;

import io.millrace.streams.processor.TimestampExtractor;
import io.millrace.streams.serialization.Serde;
import org.jspecify.annotations.Nullable;

/**
 * How a topic is read. What is null falls back to the configuration.
 *
 * @param reset where to start without a committed position
 * @param name name of the source node
 */
public record Consumed<K, V>(
        @Nullable Serde<K> keySerde,
        @Nullable Serde<V> valueSerde,
        @Nullable TimestampExtractor timestampExtractor,
        @Nullable AutoOffsetReset reset,
        @Nullable String name) {

    public static <K, V> Consumed<K, V> with(
            @Nullable Serde<K> keySerde, @Nullable Serde<V> valueSerde) {
        return new Consumed<>(keySerde, valueSerde, null, null, null);
    }

    public static <K, V> Consumed<K, V> with(TimestampExtractor extractor) {
        return new Consumed<>(null, null, extractor, null, null);
    }

    public static <K, V> Consumed<K, V> with(AutoOffsetReset reset) {
        return new Consumed<>(null, null, null, reset, null);
    }

    public static <K, V> Consumed<K, V> as(String name) {
        return new Consumed<>(null, null, null, null, name);
    }

    public Consumed<K, V> withKeySerde(@Nullable Serde<K> serde) {
        return new Consumed<>(serde, valueSerde, timestampExtractor, reset, name);
    }

    public Consumed<K, V> withValueSerde(@Nullable Serde<V> serde) {
        return new Consumed<>(keySerde, serde, timestampExtractor, reset, name);
    }

    public Consumed<K, V> withTimestampExtractor(@Nullable TimestampExtractor extractor) {
        return new Consumed<>(keySerde, valueSerde, extractor, reset, name);
    }

    public Consumed<K, V> withOffsetResetPolicy(@Nullable AutoOffsetReset policy) {
        return new Consumed<>(keySerde, valueSerde, timestampExtractor, policy, name);
    }

    public Consumed<K, V> withName(@Nullable String newName) {
        return new Consumed<>(keySerde, valueSerde, timestampExtractor, reset, newName);
    }

    /** Where to start reading. */
    public enum AutoOffsetReset {
        EARLIEST,
        LATEST
    }
}
