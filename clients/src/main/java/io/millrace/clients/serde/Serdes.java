package io.millrace.clients.serde;

import io.millrace.clients.Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.function.Function;

/** Serdes of the common types, in the formats that Kafka's own serializers use. Stateless. */
public final class Serdes {
    private static final Serde<byte[]> BYTES =
            Serde.of((topic, value) -> value, (topic, bytes) -> bytes);
    private static final Serde<Long> LONG =
            fixed(
                    "long",
                    Long.BYTES,
                    ByteBuffer::getLong,
                    value -> ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    private static final Serde<Integer> INTEGER =
            fixed(
                    "int",
                    Integer.BYTES,
                    ByteBuffer::getInt,
                    value -> ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    private static final Serde<Short> SHORT =
            fixed(
                    "short",
                    Short.BYTES,
                    ByteBuffer::getShort,
                    value -> ByteBuffer.allocate(Short.BYTES).putShort(value).array());
    private static final Serde<Double> DOUBLE =
            fixed(
                    "double",
                    Double.BYTES,
                    ByteBuffer::getDouble,
                    value -> ByteBuffer.allocate(Double.BYTES).putDouble(value).array());
    private static final Serde<Float> FLOAT =
            fixed(
                    "float",
                    Float.BYTES,
                    ByteBuffer::getFloat,
                    value -> ByteBuffer.allocate(Float.BYTES).putFloat(value).array());
    private static final Serde<Boolean> BOOLEAN =
            fixed(
                    "boolean",
                    1,
                    view -> view.get() != 0,
                    value -> new byte[] {(byte) (value ? 1 : 0)});
    private static final Serde<String> STRING =
            Serde.of(
                    (topic, value) -> value.getBytes(StandardCharsets.UTF_8),
                    new Utf8Deserializer());
    private static final Serde<UUID> UUID_TEXT =
            Serde.of(
                    (topic, value) -> value.toString().getBytes(StandardCharsets.UTF_8),
                    (topic, bytes) -> parseUuid(topic, bytes));

    private Serdes() {}

    /** The bytes themselves. */
    public static Serde<byte[]> bytes() {
        return BYTES;
    }

    /** UTF-8. */
    public static Serde<String> string() {
        return STRING;
    }

    /** Eight bytes, big-endian. */
    public static Serde<Long> longs() {
        return LONG;
    }

    /** Four bytes, big-endian. */
    public static Serde<Integer> integers() {
        return INTEGER;
    }

    /** Two bytes, big-endian. */
    public static Serde<Short> shorts() {
        return SHORT;
    }

    /** IEEE 754, eight bytes, big-endian. */
    public static Serde<Double> doubles() {
        return DOUBLE;
    }

    /** IEEE 754, four bytes, big-endian. */
    public static Serde<Float> floats() {
        return FLOAT;
    }

    /** One byte, 0 or 1. */
    public static Serde<Boolean> booleans() {
        return BOOLEAN;
    }

    /** The canonical text of 36 characters, as Kafka writes it. */
    public static Serde<UUID> uuids() {
        return UUID_TEXT;
    }

    private static UUID parseUuid(String topic, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new SerdeException(topic + ": \"" + text + "\" is not a UUID", e);
        }
    }

    private static <T> Serde<T> fixed(
            String name, int size, Function<ByteBuffer, T> read, Function<T, byte[]> write) {
        return Serde.of(
                (topic, value) -> write.apply(value), new FixedDeserializer<>(name, size, read));
    }

    /** Values of one size, read in place. */
    private record FixedDeserializer<T>(String name, int size, Function<ByteBuffer, T> read)
            implements Deserializer<T> {
        @Override
        public T deserialize(String topic, byte[] bytes) {
            return deserialize(topic, Headers.EMPTY, ByteBuffer.wrap(bytes));
        }

        @Override
        public T deserialize(String topic, Headers headers, ByteBuffer view) {
            if (view.remaining() != size) {
                throw new SerdeException(
                        "%s: a %s has %d bytes, this value has %d"
                                .formatted(topic, name, size, view.remaining()));
            }
            return read.apply(view);
        }
    }

    /** UTF-8 text. Bytes on the heap are decoded in place. */
    private static final class Utf8Deserializer implements Deserializer<String> {
        @Override
        public String deserialize(String topic, byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public String deserialize(String topic, Headers headers, ByteBuffer view) {
            if (view.hasArray()) {
                int from = view.arrayOffset() + view.position();
                return new String(view.array(), from, view.remaining(), StandardCharsets.UTF_8);
            }
            byte[] bytes = new byte[view.remaining()];
            view.get(bytes);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
