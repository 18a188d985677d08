package io.millrace.streams.kstream;

import org.jspecify.annotations.Nullable;

/** Makes a new value out of a value. */
@FunctionalInterface
public interface ValueMapper<V, VR> {
    @Nullable VR apply(V value);
}
