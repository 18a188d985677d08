package io.millrace.streams.processor.api;

import io.millrace.streams.header.Headers;
import org.jspecify.annotations.Nullable;

/** A record whose key its processor cannot change, so that it stays in its partition. */
public final class FixedKeyRecord<K, V> {
    private final Record<K, V> record;

    /** For the engine: user code gets its first one from {@code process}. */
    public FixedKeyRecord(Record<K, V> record) {
        this.record = record;
    }

    public K key() {
        return record.key();
    }

    public V value() {
        return record.value();
    }

    public long timestamp() {
        return record.timestamp();
    }

    public Headers headers() {
        return record.headers();
    }

    public <NewV> FixedKeyRecord<K, NewV> withValue(@Nullable NewV value) {
        return new FixedKeyRecord<>(record.withValue(value));
    }

    public FixedKeyRecord<K, V> withTimestamp(long timestamp) {
        return new FixedKeyRecord<>(record.withTimestamp(timestamp));
    }

    public FixedKeyRecord<K, V> withHeaders(Headers headers) {
        return new FixedKeyRecord<>(record.withHeaders(headers));
    }

    /** The record itself, for the engine. */
    public Record<K, V> record() {
        return record;
    }

    @Override
    public String toString() {
        return record.toString();
    }
}
