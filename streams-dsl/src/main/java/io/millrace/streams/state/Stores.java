package io.millrace.streams.state;

import io.millrace.streams.serialization.Serde;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Makes plans of stores. */
public final class Stores {
    private Stores() {}

    /** Rows in memory and on disk. */
    public static KeyValueBytesStoreSupplier persistentKeyValueStore(String name) {
        return new KeyValueBytesStoreSupplier(name, true);
    }

    /** As {@link #persistentKeyValueStore}; the builder decides about timestamps. */
    public static KeyValueBytesStoreSupplier persistentTimestampedKeyValueStore(String name) {
        return new KeyValueBytesStoreSupplier(name, true);
    }

    public static KeyValueBytesStoreSupplier inMemoryKeyValueStore(String name) {
        return new KeyValueBytesStoreSupplier(name, false);
    }

    public static WindowBytesStoreSupplier persistentWindowStore(
            String name, Duration retention, Duration windowSize, boolean retainDuplicates) {
        return windows(name, true, retention, windowSize, retainDuplicates);
    }

    public static WindowBytesStoreSupplier persistentTimestampedWindowStore(
            String name, Duration retention, Duration windowSize, boolean retainDuplicates) {
        return windows(name, true, retention, windowSize, retainDuplicates);
    }

    public static WindowBytesStoreSupplier inMemoryWindowStore(
            String name, Duration retention, Duration windowSize, boolean retainDuplicates) {
        return windows(name, false, retention, windowSize, retainDuplicates);
    }

    /** Serdes may be null for the job's default ones. */
    public static <K, V> StoreBuilder<KeyValueStore<K, V>> keyValueStoreBuilder(
            KeyValueBytesStoreSupplier supplier,
            @Nullable Serde<K> keys,
            @Nullable Serde<V> values) {
        return new StorePlan<>(
                supplier.name(),
                supplier.persistent(),
                new StoreShape.ByKey(false),
                false,
                opening -> new TypedKeyValueStore<>(supplier, opening, keys, values));
    }

    public static <K, V>
            StoreBuilder<TimestampedKeyValueStore<K, V>> timestampedKeyValueStoreBuilder(
                    KeyValueBytesStoreSupplier supplier,
                    @Nullable Serde<K> keys,
                    @Nullable Serde<V> values) {
        return new StorePlan<>(
                supplier.name(),
                supplier.persistent(),
                new StoreShape.ByKey(false),
                false,
                opening -> new TableStore<>(supplier, opening, keys, values));
    }

    public static <K, V> StoreBuilder<WindowStore<K, V>> windowStoreBuilder(
            WindowBytesStoreSupplier supplier, @Nullable Serde<K> keys, @Nullable Serde<V> values) {
        return new StorePlan<>(
                supplier.name(),
                supplier.persistent(),
                supplier.shape(),
                false,
                opening -> new TypedWindowStore<>(supplier, opening, keys, values));
    }

    public static <K, V> StoreBuilder<TimestampedWindowStore<K, V>> timestampedWindowStoreBuilder(
            WindowBytesStoreSupplier supplier, @Nullable Serde<K> keys, @Nullable Serde<V> values) {
        return new StorePlan<>(
                supplier.name(),
                supplier.persistent(),
                supplier.shape(),
                false,
                opening -> new WindowTableStore<>(supplier, opening, keys, values));
    }

    private static WindowBytesStoreSupplier windows(
            String name,
            boolean persistent,
            Duration retention,
            Duration windowSize,
            boolean retainDuplicates) {
        return new WindowBytesStoreSupplier(
                name,
                persistent,
                new StoreShape.ByTime(
                        retention.toMillis(), windowSize.toMillis(), retainDuplicates));
    }
}
