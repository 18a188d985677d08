package io.millrace.streams.kstream;

import org.jspecify.annotations.Nullable;

/** Makes something new out of key and value. */
@FunctionalInterface
public interface KeyValueMapper<K, V, VR> {
    @Nullable VR apply(K key, V value);
}
