package io.millrace.streams.state;

import io.millrace.streams.kstream.Windowed;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The reading half of a {@link WindowStore}. Nothing older than the retention is returned. */
public interface ReadOnlyWindowStore<K, V> {
    /** The value of a key's window with exactly this start. */
    @Nullable V fetch(K key, long windowStart);

    /** A key's windows that start in {@code [from, to]}, by time. */
    WindowStoreIterator<V> fetch(K key, Instant from, Instant to);

    /** All keys' windows that start in {@code [from, to]}. */
    KeyValueIterator<Windowed<K>, V> fetchAll(Instant from, Instant to);

    KeyValueIterator<Windowed<K>, V> all();
}
