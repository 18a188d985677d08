package io.millrace.streams.kstream;

import io.millrace.streams.processor.StateStore;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.state.KeyValueBytesStoreSupplier;
import io.millrace.streams.state.WindowBytesStoreSupplier;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a table is kept. Unlike most parameter objects it is changed in place by {@code with…}.
 *
 * @param <S> {@code KeyValueStore<Bytes, byte[]>} or {@code WindowStore<Bytes, byte[]>}
 */
public final class Materialized<K, V, S extends StateStore> {
    private final @Nullable String storeName;
    private @Nullable KeyValueBytesStoreSupplier keyValueSupplier;
    private @Nullable WindowBytesStoreSupplier windowSupplier;
    private @Nullable Serde<K> keySerde;
    private @Nullable Serde<V> valueSerde;
    private @Nullable Duration retention;
    private boolean caching = true;
    private boolean logging = true;
    private boolean inMemory;
    private Map<String, String> topicConfig = Map.of();

    private Materialized(@Nullable String storeName) {
        this.storeName = storeName == null ? null : Named.as(storeName).name();
    }

    public static <K, V, S extends StateStore> Materialized<K, V, S> as(String storeName) {
        return new Materialized<>(storeName);
    }

    public static <K, V, S extends StateStore> Materialized<K, V, S> as(
            KeyValueBytesStoreSupplier supplier) {
        Materialized<K, V, S> made = new Materialized<>(supplier.name());
        made.keyValueSupplier = supplier;
        return made;
    }

    public static <K, V, S extends StateStore> Materialized<K, V, S> as(
            WindowBytesStoreSupplier supplier) {
        Materialized<K, V, S> made = new Materialized<>(supplier.name());
        made.windowSupplier = supplier;
        return made;
    }

    /** As a store in memory, or the default: in memory and on disk. */
    public static <K, V, S extends StateStore> Materialized<K, V, S> as(StoreType type) {
        Materialized<K, V, S> made = new Materialized<>(null);
        return made.withStoreType(type);
    }

    public static <K, V, S extends StateStore> Materialized<K, V, S> with(
            @Nullable Serde<K> keySerde, @Nullable Serde<V> valueSerde) {
        Materialized<K, V, S> made = new Materialized<>(null);
        made.keySerde = keySerde;
        made.valueSerde = valueSerde;
        return made;
    }

    public Materialized<K, V, S> withKeySerde(@Nullable Serde<K> serde) {
        keySerde = serde;
        return this;
    }

    public Materialized<K, V, S> withValueSerde(@Nullable Serde<V> serde) {
        valueSerde = serde;
        return this;
    }

    public Materialized<K, V, S> withCachingEnabled() {
        caching = true;
        return this;
    }

    public Materialized<K, V, S> withCachingDisabled() {
        caching = false;
        return this;
    }

    public Materialized<K, V, S> withLoggingEnabled(Map<String, String> config) {
        logging = true;
        topicConfig = Map.copyOf(config);
        return this;
    }

    public Materialized<K, V, S> withLoggingDisabled() {
        logging = false;
        topicConfig = Map.of();
        return this;
    }

    /** For windowed stores; at least window size plus grace. */
    public Materialized<K, V, S> withRetention(Duration newRetention) {
        retention = newRetention;
        return this;
    }

    public Materialized<K, V, S> withStoreType(StoreType type) {
        inMemory = type == StoreType.IN_MEMORY;
        return this;
    }

    public @Nullable String storeName() {
        return storeName;
    }

    public @Nullable KeyValueBytesStoreSupplier keyValueSupplier() {
        return keyValueSupplier;
    }

    public @Nullable WindowBytesStoreSupplier windowSupplier() {
        return windowSupplier;
    }

    public @Nullable Serde<K> keySerde() {
        return keySerde;
    }

    public @Nullable Serde<V> valueSerde() {
        return valueSerde;
    }

    public @Nullable Duration retention() {
        return retention;
    }

    public boolean cachingEnabled() {
        return caching;
    }

    public boolean loggingEnabled() {
        return logging;
    }

    public boolean inMemory() {
        return inMemory;
    }

    public Map<String, String> topicConfig() {
        return topicConfig;
    }

    /** Where rows are kept. */
    public enum StoreType {
        ROCKS_DB,
        IN_MEMORY
    }
}
