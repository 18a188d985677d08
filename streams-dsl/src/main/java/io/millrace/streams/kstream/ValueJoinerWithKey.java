package io.millrace.streams.kstream;

import org.jspecify.annotations.Nullable;

/** As {@link ValueJoiner}, with the key. */
@FunctionalInterface
public interface ValueJoinerWithKey<K1, V1, V2, VR> {
    @Nullable VR apply(K1 readOnlyKey, V1 value1, V2 value2);
}
