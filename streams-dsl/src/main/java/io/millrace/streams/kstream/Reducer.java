package io.millrace.streams.kstream;

import org.jspecify.annotations.Nullable;

/** Combines two values of a key into one; null deletes the key's aggregate. */
@FunctionalInterface
public interface Reducer<V> {
    @Nullable V apply(V value1, V value2);
}
