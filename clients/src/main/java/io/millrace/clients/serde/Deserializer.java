package io.millrace.clients.serde;

import io.millrace.clients.Headers;
import java.nio.ByteBuffer;

/**
 * Turns bytes into values. Called on the thread that polls. Not called for null: a null key or
 * value on the wire is null in the record.
 */
@FunctionalInterface
public interface Deserializer<T> {

    /** The value in {@code bytes}; the array may be kept. */
    T deserialize(String topic, byte[] bytes);

    /** As {@link #deserialize(String, byte[])}, for formats that look at the record's headers. */
    default T deserialize(String topic, Headers headers, byte[] bytes) {
        return deserialize(topic, bytes);
    }

    /**
     * The value in the remaining bytes of {@code view}, which lie in the buffer that came from the
     * network: valid only during this call, big-endian, must not be changed. Formats that can
     * decode in place override this and save a copy of every value.
     */
    default T deserialize(String topic, Headers headers, ByteBuffer view) {
        byte[] bytes = new byte[view.remaining()];
        view.get(bytes);
        return deserialize(topic, headers, bytes);
    }
}
