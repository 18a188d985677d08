package io.millrace.streams.processor.api;

import io.millrace.streams.header.Headers;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One record on its way through a topology. Immutable but for its headers, which all records made
 * from it share until {@link #withHeaders}. Key and value may be null.
 */
public final class Record<K, V> {
    private final K key;
    private final V value;
    private final long timestamp;
    private @Nullable Headers headers;

    /**
     * @param timestamp milliseconds since the epoch, not negative
     */
    public Record(@Nullable K key, @Nullable V value, long timestamp) {
        this(key, value, timestamp, null);
    }

    @SuppressWarnings("NullAway") // key and value may be null; readers know whether theirs can be
    public Record(@Nullable K key, @Nullable V value, long timestamp, @Nullable Headers headers) {
        if (timestamp < 0) {
            throw new IllegalArgumentException(
                    "record timestamp is " + timestamp + ", must not be negative; key " + key);
        }
        this.key = key;
        this.value = value;
        this.timestamp = timestamp;
        this.headers = headers;
    }

    public K key() {
        return key;
    }

    public V value() {
        return value;
    }

    public long timestamp() {
        return timestamp;
    }

    /** The headers; made on first use. */
    public Headers headers() {
        Headers present = headers;
        if (present == null) {
            present = new Headers();
            headers = present;
        }
        return present;
    }

    /** The headers, or null if there never were any: for the engine, which must not make some. */
    public @Nullable Headers headersIfAny() {
        return headers;
    }

    public <NewK> Record<NewK, V> withKey(@Nullable NewK newKey) {
        return new Record<>(newKey, value, timestamp, headers);
    }

    public <NewV> Record<K, NewV> withValue(@Nullable NewV newValue) {
        return new Record<>(key, newValue, timestamp, headers);
    }

    public Record<K, V> withTimestamp(long newTimestamp) {
        return new Record<>(key, value, newTimestamp, headers);
    }

    /** With a copy of the given headers. */
    public Record<K, V> withHeaders(Headers newHeaders) {
        return new Record<>(key, value, timestamp, new Headers(newHeaders));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Record<?, ?> that
                && timestamp == that.timestamp
                && Objects.equals(key, that.key)
                && Objects.equals(value, that.value)
                && headers().equals(that.headers());
    }

    @Override
    public int hashCode() {
        return Objects.hash(key, value, timestamp);
    }

    @Override
    public String toString() {
        return "Record("
                + key
                + ", "
                + value
                + ", ts="
                + timestamp
                + (headers == null || headers.isEmpty() ? "" : ", " + headers)
                + ")";
    }
}
