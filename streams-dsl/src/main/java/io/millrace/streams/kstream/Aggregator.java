package io.millrace.streams.kstream;

import org.jspecify.annotations.Nullable;

/** Adds a value to the aggregate of its key; null deletes the aggregate. */
@FunctionalInterface
public interface Aggregator<K, V, VA> {
    @Nullable VA apply(K key, V value, VA aggregate);
}
