package io.millrace.streams.state;

import io.millrace.streams.KeyValue;
import io.millrace.streams.processor.StateStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Values by key. A value put is serialised at once: changing the object afterwards changes nothing.
 */
public interface KeyValueStore<K, V> extends StateStore, ReadOnlyKeyValueStore<K, V> {
    /** Sets the value; null deletes. */
    void put(K key, @Nullable V value);

    /** Sets the value unless there is one; returns the one there was. */
    @Nullable V putIfAbsent(K key, @Nullable V value);

    void putAll(List<KeyValue<K, V>> entries);

    /** Deletes and returns what was there. */
    @Nullable V delete(K key);
}
