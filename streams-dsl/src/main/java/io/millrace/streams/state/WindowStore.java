package io.millrace.streams.state;

import io.millrace.streams.processor.StateStore;
import org.jspecify.annotations.Nullable;

/** Values by key and window start. */
public interface WindowStore<K, V> extends StateStore, ReadOnlyWindowStore<K, V> {
    /** Sets the value of a window; null deletes. Ignored once the window has expired. */
    void put(K key, @Nullable V value, long windowStart);

    /** As {@link #fetch(Object, java.time.Instant, java.time.Instant)}, in milliseconds. */
    WindowStoreIterator<V> fetch(K key, long fromMs, long toMs);
}
