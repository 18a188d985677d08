package io.millrace.streams.serialization;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.millrace.streams.errors.SerializationException;
import java.io.IOException;

/**
 * Any type Jackson can map, as JSON text in UTF-8. Unknown properties are ignored, so that a reader
 * survives a writer's new field. Safe for any number of threads.
 */
public final class JsonSerde<T> implements Serde<T> {
    private static final ObjectMapper DEFAULT_MAPPER =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private final Serializer<T> serializer;
    private final Deserializer<T> deserializer;

    private JsonSerde(ObjectMapper mapper, JavaType type) {
        ObjectWriter writer = mapper.writerFor(type);
        ObjectReader reader = mapper.readerFor(type);
        serializer =
                (topic, value) -> {
                    try {
                        return value == null ? null : writer.writeValueAsBytes(value);
                    } catch (JsonProcessingException e) {
                        throw new SerializationException(
                                topic
                                        + ": cannot write "
                                        + type
                                        + " as JSON: "
                                        + e.getOriginalMessage(),
                                e);
                    }
                };
        deserializer =
                (topic, bytes) -> {
                    try {
                        return bytes == null ? null : reader.readValue(bytes);
                    } catch (IOException e) {
                        throw new SerializationException(
                                topic + ": cannot read " + type + " from JSON: " + e.getMessage(),
                                e);
                    }
                };
    }

    public static <T> JsonSerde<T> of(Class<T> type) {
        return of(DEFAULT_MAPPER, type);
    }

    public static <T> JsonSerde<T> of(ObjectMapper mapper, Class<T> type) {
        return new JsonSerde<>(mapper, mapper.constructType(type));
    }

    /** For generic types: {@code JsonSerde.of(new TypeReference<List<Order>>() {})}. */
    public static <T> JsonSerde<T> of(TypeReference<T> type) {
        return new JsonSerde<>(DEFAULT_MAPPER, DEFAULT_MAPPER.constructType(type));
    }

    @Override
    public Serializer<T> serializer() {
        return serializer;
    }

    @Override
    public Deserializer<T> deserializer() {
        return deserializer;
    }
}
