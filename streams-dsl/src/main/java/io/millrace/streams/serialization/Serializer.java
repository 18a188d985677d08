package io.millrace.streams.serialization;

import io.millrace.streams.header.Headers;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns values into bytes. Used by one thread at a time unless it says otherwise. */
@FunctionalInterface
public interface Serializer<T> extends AutoCloseable {

    /** Called once for serializers named in the configuration. */
    default void configure(Map<String, ?> configs, boolean isKey) {}

    /** The bytes of the value; null for null. */
    byte @Nullable [] serialize(String topic, @Nullable T data);

    default byte @Nullable [] serialize(String topic, Headers headers, @Nullable T data) {
        return serialize(topic, data);
    }

    @Override
    default void close() {}
}
