package io.millrace.streams.serialization;

import io.millrace.streams.header.Headers;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns bytes into values. Used by one thread at a time unless it says otherwise. */
@FunctionalInterface
public interface Deserializer<T> extends AutoCloseable {

    /** Called once for deserializers named in the configuration. */
    default void configure(Map<String, ?> configs, boolean isKey) {}

    /**
     * The value in the bytes; null for null.
     *
     * @throws io.millrace.streams.errors.SerializationException if the bytes hold no such value
     */
    @Nullable T deserialize(String topic, byte @Nullable [] data);

    default @Nullable T deserialize(String topic, Headers headers, byte @Nullable [] data) {
        return deserialize(topic, data);
    }

    @Override
    default void close() {}
}
