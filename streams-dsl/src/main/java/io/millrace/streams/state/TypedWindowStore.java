package io.millrace.streams.state;

import io.millrace.streams.serialization.Serde;
import org.jspecify.annotations.Nullable;

/** A window store without timestamps: what joins keep their sides in. */
public final class TypedWindowStore<K, V> extends ByTimeStore<K, V, V> {
    TypedWindowStore(
            WindowBytesStoreSupplier supplier,
            StoreBuilder.Opening opening,
            @Nullable Serde<K> keys,
            @Nullable Serde<V> values) {
        super(supplier, opening, new StoreCodec<>(supplier.name(), opening, keys, values));
    }

    @Override
    byte @Nullable [] bytesOf(@Nullable V value) {
        return codec.valueBytes(value);
    }

    @Override
    @Nullable V valueOf(byte @Nullable [] bytes) {
        return codec.value(bytes);
    }

    /** Visits a key's rows in {@code [fromMs, toMs]} in time order, without collecting them. */
    public void visit(K key, long fromMs, long toMs, Visitor<V> visitor) {
        rows.scan(
                codec.keyBytes(key),
                fromMs,
                toMs,
                (keyBytes, timestamp, value) -> visitor.row(timestamp, codec.value(value)));
    }

    /** Sees rows of one key. */
    @FunctionalInterface
    public interface Visitor<V> {
        void row(long timestamp, @Nullable V value);
    }
}
