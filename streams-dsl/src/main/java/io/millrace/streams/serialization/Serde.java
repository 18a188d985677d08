package io.millrace.streams.serialization;

import java.util.Map;

/** A serializer and the deserializer that undoes it. */
public interface Serde<T> extends AutoCloseable {

    default void configure(Map<String, ?> configs, boolean isKey) {}

    Serializer<T> serializer();

    Deserializer<T> deserializer();

    @Override
    default void close() {}
}
