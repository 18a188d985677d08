package io.millrace.streams.state;

import io.millrace.streams.serialization.Serde;
import org.jspecify.annotations.Nullable;

/** What windowed tables are kept in; the windowed sister of {@link TableStore}. */
public final class WindowTableStore<K, V> extends ByTimeStore<K, V, ValueAndTimestamp<V>>
        implements TimestampedWindowStore<K, V> {
    WindowTableStore(
            WindowBytesStoreSupplier supplier,
            StoreBuilder.Opening opening,
            @Nullable Serde<K> keys,
            @Nullable Serde<V> values) {
        super(supplier, opening, new StoreCodec<>(supplier.name(), opening, keys, values));
    }

    @Override
    byte @Nullable [] bytesOf(@Nullable ValueAndTimestamp<V> value) {
        return codec.timedBytes(value);
    }

    @Override
    @Nullable ValueAndTimestamp<V> valueOf(byte @Nullable [] bytes) {
        return codec.timed(bytes);
    }

    public byte[] keyBytes(K key) {
        return codec.keyBytes(key);
    }

    public byte @Nullable [] raw(byte[] keyBytes, long windowStart) {
        return rows.get(keyBytes, windowStart);
    }

    public void putRaw(byte[] keyBytes, long windowStart, @Nullable V value, long timestamp) {
        rows.put(keyBytes, windowStart, codec.timedBytes(value, timestamp));
    }

    public @Nullable V decode(byte @Nullable [] raw) {
        return codec.timedValue(raw);
    }
}
