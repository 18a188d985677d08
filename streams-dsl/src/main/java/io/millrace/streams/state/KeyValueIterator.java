package io.millrace.streams.state;

import io.millrace.streams.KeyValue;
import java.util.Iterator;

/** Goes over entries of a store as they were when it was made. Must be closed. */
public interface KeyValueIterator<K, V> extends Iterator<KeyValue<K, V>>, AutoCloseable {
    /** Key of the entry that {@code next()} would return. */
    K peekNextKey();

    @Override
    void close();
}
