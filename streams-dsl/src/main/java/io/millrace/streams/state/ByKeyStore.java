package io.millrace.streams.state;

import io.millrace.streams.KeyValue;
import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.storage.KeyRows;
import io.millrace.streams.storage.RowCursor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What key-value stores with and without timestamps share. {@code S} is what users see as value.
 */
abstract class ByKeyStore<K, V, S> implements KeyValueStore<K, S> {
    private final KeyValueBytesStoreSupplier supplier;
    final KeyRows rows;
    final StoreCodec<K, V> codec;

    ByKeyStore(
            KeyValueBytesStoreSupplier supplier,
            StoreBuilder.Opening opening,
            StoreCodec<K, V> codec) {
        this.supplier = supplier;
        if (!(opening.rows() instanceof KeyRows keyRows)) {
            throw new StreamsException("store " + supplier.name() + " needs rows by key");
        }
        this.rows = keyRows;
        this.codec = codec;
    }

    abstract byte @Nullable [] bytesOf(@Nullable S value);

    abstract @Nullable S valueOf(byte @Nullable [] bytes);

    @Override
    public final String name() {
        return supplier.name();
    }

    @Override
    public final boolean persistent() {
        return supplier.persistent();
    }

    @Override
    public final boolean isOpen() {
        return true;
    }

    @Override
    public final @Nullable S get(K key) {
        return valueOf(rows.get(codec.keyBytes(key)));
    }

    @Override
    public final void put(K key, @Nullable S value) {
        rows.put(codec.keyBytes(key), bytesOf(value));
    }

    @Override
    public final @Nullable S putIfAbsent(K key, @Nullable S value) {
        byte[] keyBytes = codec.keyBytes(key);
        byte[] present = rows.get(keyBytes);
        if (present == null) {
            rows.put(keyBytes, bytesOf(value));
        }
        return valueOf(present);
    }

    @Override
    public final void putAll(List<KeyValue<K, S>> entries) {
        for (KeyValue<K, S> entry : entries) {
            put(entry.key, entry.value);
        }
    }

    @Override
    public final @Nullable S delete(K key) {
        byte[] keyBytes = codec.keyBytes(key);
        byte[] present = rows.get(keyBytes);
        rows.put(keyBytes, null);
        return valueOf(present);
    }

    @Override
    public final KeyValueIterator<K, S> range(@Nullable K from, @Nullable K to) {
        return iterate(from, to, true);
    }

    @Override
    public final KeyValueIterator<K, S> reverseRange(@Nullable K from, @Nullable K to) {
        return iterate(from, to, false);
    }

    @Override
    public final KeyValueIterator<K, S> all() {
        return iterate(null, null, true);
    }

    @Override
    public final KeyValueIterator<K, S> reverseAll() {
        return iterate(null, null, false);
    }

    @Override
    public final long approximateNumEntries() {
        return rows.approximateCount();
    }

    private KeyValueIterator<K, S> iterate(@Nullable K from, @Nullable K to, boolean forward) {
        RowCursor cursor =
                rows.range(
                        from == null ? null : codec.keyBytes(from),
                        to == null ? null : codec.keyBytes(to),
                        forward);
        return new StoreIterator<>(cursor, codec::key, this::valueOf);
    }
}
