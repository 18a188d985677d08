package io.millrace.streams.state;

import org.jspecify.annotations.Nullable;

/** The reading half of a {@link KeyValueStore}. */
public interface ReadOnlyKeyValueStore<K, V> {
    @Nullable V get(K key);

    /** Entries {@code from <= key <= to} by their serialised keys; null means no bound. */
    KeyValueIterator<K, V> range(@Nullable K from, @Nullable K to);

    KeyValueIterator<K, V> reverseRange(@Nullable K from, @Nullable K to);

    /** All entries by their serialised keys. */
    KeyValueIterator<K, V> all();

    KeyValueIterator<K, V> reverseAll();

    long approximateNumEntries();
}
