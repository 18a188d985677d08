package io.millrace.streams.kstream;

import io.millrace.streams.serialization.Serde;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Serdes, names and stores of a stream-stream join.
 *
 * @param name name of the join's nodes and repartition topics
 * @param storeName name of its stores, and so of their changelogs
 */
public record StreamJoined<K, V1, V2>(
        @Nullable Serde<K> keySerde,
        @Nullable Serde<V1> valueSerde,
        @Nullable Serde<V2> otherValueSerde,
        @Nullable String name,
        @Nullable String storeName,
        boolean loggingEnabled,
        Map<String, String> topicConfig) {
    public StreamJoined {
        topicConfig = Map.copyOf(topicConfig);
    }

    public static <K, V1, V2> StreamJoined<K, V1, V2> with(
            @Nullable Serde<K> keySerde,
            @Nullable Serde<V1> valueSerde,
            @Nullable Serde<V2> otherValueSerde) {
        return new StreamJoined<>(
                keySerde, valueSerde, otherValueSerde, null, null, true, Map.of());
    }

    public static <K, V1, V2> StreamJoined<K, V1, V2> as(String storeName) {
        return new StreamJoined<>(null, null, null, null, storeName, true, Map.of());
    }

    public StreamJoined<K, V1, V2> withName(@Nullable String newName) {
        return new StreamJoined<>(
                keySerde,
                valueSerde,
                otherValueSerde,
                newName,
                storeName,
                loggingEnabled,
                topicConfig);
    }

    public StreamJoined<K, V1, V2> withStoreName(@Nullable String newName) {
        return new StreamJoined<>(
                keySerde, valueSerde, otherValueSerde, name, newName, loggingEnabled, topicConfig);
    }

    public StreamJoined<K, V1, V2> withKeySerde(@Nullable Serde<K> serde) {
        return new StreamJoined<>(
                serde, valueSerde, otherValueSerde, name, storeName, loggingEnabled, topicConfig);
    }

    public StreamJoined<K, V1, V2> withValueSerde(@Nullable Serde<V1> serde) {
        return new StreamJoined<>(
                keySerde, serde, otherValueSerde, name, storeName, loggingEnabled, topicConfig);
    }

    public StreamJoined<K, V1, V2> withOtherValueSerde(@Nullable Serde<V2> serde) {
        return new StreamJoined<>(
                keySerde, valueSerde, serde, name, storeName, loggingEnabled, topicConfig);
    }

    public StreamJoined<K, V1, V2> withLoggingEnabled(Map<String, String> config) {
        return new StreamJoined<>(
                keySerde, valueSerde, otherValueSerde, name, storeName, true, config);
    }

    public StreamJoined<K, V1, V2> withLoggingDisabled() {
        return new StreamJoined<>(
                keySerde, valueSerde, otherValueSerde, name, storeName, false, Map.of());
    }
}
