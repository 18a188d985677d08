package io.millrace.streams.kstream;

import org.jspecify.annotations.Nullable;

/** Joins two values. The value of a side that has none is null (left and outer joins). */
@FunctionalInterface
public interface ValueJoiner<V1, V2, VR> {
    @Nullable VR apply(V1 value1, V2 value2);
}
