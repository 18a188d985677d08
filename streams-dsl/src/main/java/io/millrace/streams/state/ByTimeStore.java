package io.millrace.streams.state;

import io.millrace.streams.KeyValue;
import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.kstream.TimeWindow;
import io.millrace.streams.kstream.Windowed;
import io.millrace.streams.storage.TimeRows;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What window stores with and without timestamps share. {@code S} is what users see as value. */
abstract class ByTimeStore<K, V, S> implements WindowStore<K, S> {
    private final WindowBytesStoreSupplier supplier;
    final TimeRows rows;
    final StoreCodec<K, V> codec;

    ByTimeStore(
            WindowBytesStoreSupplier supplier,
            StoreBuilder.Opening opening,
            StoreCodec<K, V> codec) {
        this.supplier = supplier;
        if (!(opening.rows() instanceof TimeRows timeRows)) {
            throw new StreamsException("store " + supplier.name() + " needs rows by time");
        }
        this.rows = timeRows;
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
    public final void put(K key, @Nullable S value, long windowStart) {
        rows.put(codec.keyBytes(key), windowStart, bytesOf(value));
    }

    @Override
    public final @Nullable S fetch(K key, long windowStart) {
        return valueOf(rows.get(codec.keyBytes(key), windowStart));
    }

    @Override
    public final WindowStoreIterator<S> fetch(K key, Instant from, Instant to) {
        return fetch(key, from.toEpochMilli(), to.toEpochMilli());
    }

    @Override
    public final WindowStoreIterator<S> fetch(K key, long fromMs, long toMs) {
        List<KeyValue<Long, S>> found = new ArrayList<>();
        rows.scan(
                codec.keyBytes(key),
                fromMs,
                toMs,
                (keyBytes, timestamp, value) ->
                        found.add(KeyValue.pair(timestamp, valueOf(value))));
        return new ListIterator.ByTime<>(found);
    }

    @Override
    public final KeyValueIterator<Windowed<K>, S> fetchAll(Instant from, Instant to) {
        return collect(from.toEpochMilli(), to.toEpochMilli());
    }

    @Override
    public final KeyValueIterator<Windowed<K>, S> all() {
        return collect(0, Long.MAX_VALUE);
    }

    private KeyValueIterator<Windowed<K>, S> collect(long fromMs, long toMs) {
        long size = supplier.shape().windowSizeMs();
        List<KeyValue<Windowed<K>, S>> found = new ArrayList<>();
        rows.scanAll(
                fromMs,
                toMs,
                (key, timestamp, value) ->
                        found.add(
                                KeyValue.pair(
                                        new Windowed<>(
                                                codec.key(key), TimeWindow.ofSize(timestamp, size)),
                                        valueOf(value))));
        return new ListIterator<>(found);
    }
}
