package io.millrace.streams.state;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A value and the time of its last update in milliseconds. */
public record ValueAndTimestamp<V>(V value, long timestamp) {
    public ValueAndTimestamp {
        Objects.requireNonNull(value, "value");
    }

    /** Null for a null value. */
    public static <V> @Nullable ValueAndTimestamp<V> make(@Nullable V value, long timestamp) {
        return value == null ? null : new ValueAndTimestamp<>(value, timestamp);
    }

    public static <V> @Nullable V getValueOrNull(@Nullable ValueAndTimestamp<V> pair) {
        return pair == null ? null : pair.value();
    }
}
