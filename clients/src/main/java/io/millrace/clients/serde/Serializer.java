package io.millrace.clients.serde;

import io.millrace.clients.Headers;

/**
 * Turns values into bytes. Called from every thread that sends, so it keeps no state that threads
 * could trip over. Not called for null: a null key or value is null on the wire.
 */
@FunctionalInterface
public interface Serializer<T> {

    /**
     * The bytes of {@code value}. The array belongs to the caller afterwards; a serializer may
     * return an array it will never change (a byte[] value itself, for example).
     */
    byte[] serialize(String topic, T value);

    /** As {@link #serialize(String, Object)}, for formats that look at the record's headers. */
    default byte[] serialize(String topic, Headers headers, T value) {
        return serialize(topic, value);
    }
}
