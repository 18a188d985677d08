package io.millrace.streams.testing;

import io.millrace.streams.KeyValue;
import io.millrace.streams.header.Headers;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A record going into or coming out of a topology under test.
 *
 * @param timestamp milliseconds; null on the way in means the topic's clock
 */
public record TestRecord<K, V>(
        @Nullable K key, @Nullable V value, Headers headers, @Nullable Long timestamp) {
    public TestRecord {
        Objects.requireNonNull(headers, "headers");
    }

    public TestRecord(@Nullable K key, @Nullable V value) {
        this(key, value, new Headers(), null);
    }

    public TestRecord(@Nullable K key, @Nullable V value, long timestamp) {
        this(key, value, new Headers(), timestamp);
    }

    public @Nullable K getKey() {
        return key;
    }

    public @Nullable V getValue() {
        return value;
    }

    KeyValue<K, V> pair() {
        return KeyValue.pair(key, value);
    }
}
