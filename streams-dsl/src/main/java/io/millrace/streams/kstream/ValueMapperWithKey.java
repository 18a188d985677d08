package io.millrace.streams.kstream;

import org.jspecify.annotations.Nullable;

/** Makes a new value out of key and value; must not change the key. */
@FunctionalInterface
public interface ValueMapperWithKey<K, V, VR> {
    @Nullable VR apply(K readOnlyKey, V value);
}
