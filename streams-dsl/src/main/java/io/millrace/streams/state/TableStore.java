package io.millrace.streams.state;

import io.millrace.streams.serialization.Serde;
import org.jspecify.annotations.Nullable;

/**
 * What a table is kept in. Beside the public methods it lets the DSL serialise a key once for
 * reading and writing, and hand old values on as bytes. Row value: 8 bytes timestamp, then the
 * value.
 */
public final class TableStore<K, V> extends ByKeyStore<K, V, ValueAndTimestamp<V>>
        implements TimestampedKeyValueStore<K, V> {
    TableStore(
            KeyValueBytesStoreSupplier supplier,
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

    /** The row, or null: for {@link #decode} and {@link #timeOf}. */
    public byte @Nullable [] raw(byte[] keyBytes) {
        return rows.get(keyBytes);
    }

    public void putRaw(byte[] keyBytes, @Nullable V value, long timestamp) {
        rows.put(keyBytes, codec.timedBytes(value, timestamp));
    }

    public @Nullable V decode(byte @Nullable [] raw) {
        return codec.timedValue(raw);
    }

    /** Timestamp in a row. */
    public static long timeOf(byte[] raw) {
        return StoreCodec.timeOf(raw);
    }
}
