package io.millrace.streams.serialization;

import io.millrace.streams.errors.SerializationException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serdes for common types, in the formats of Apache Kafka's serdes of the same names: big-endian
 * numbers, UTF-8 text, a UUID as its text. All of them are stateless and may be shared by threads.
 */
public final class Serdes {
    private static final Serde<String> STRING =
            whole(
                    text -> text.getBytes(StandardCharsets.UTF_8),
                    bytes -> new String(bytes, StandardCharsets.UTF_8));
    private static final Serde<Long> LONG =
            fixed("a long", Long.BYTES, Serdes::longBytes, Serdes::readLong);
    private static final Serde<Integer> INTEGER =
            fixed(
                    "an int",
                    Integer.BYTES,
                    value -> ByteBuffer.allocate(Integer.BYTES).putInt(value).array(),
                    bytes -> ByteBuffer.wrap(bytes).getInt());
    private static final Serde<Short> SHORT =
            fixed(
                    "a short",
                    Short.BYTES,
                    value -> ByteBuffer.allocate(Short.BYTES).putShort(value).array(),
                    bytes -> ByteBuffer.wrap(bytes).getShort());
    private static final Serde<Double> DOUBLE =
            fixed(
                    "a double",
                    Double.BYTES,
                    value -> longBytes(Double.doubleToLongBits(value)),
                    bytes -> Double.longBitsToDouble(readLong(bytes)));
    private static final Serde<Float> FLOAT =
            fixed(
                    "a float",
                    Float.BYTES,
                    value -> ByteBuffer.allocate(Float.BYTES).putFloat(value).array(),
                    bytes -> ByteBuffer.wrap(bytes).getFloat());
    private static final Serde<Boolean> BOOLEAN =
            fixed(
                    "a boolean",
                    1,
                    value -> new byte[] {(byte) (value ? 1 : 0)},
                    bytes -> bytes[0] != 0);
    private static final Serde<byte[]> BYTE_ARRAY = whole(bytes -> bytes, bytes -> bytes);
    private static final Serde<ByteBuffer> BYTE_BUFFER = whole(Serdes::remaining, ByteBuffer::wrap);
    private static final Serde<UUID> UUID_TEXT =
            whole(
                    id -> id.toString().getBytes(StandardCharsets.UTF_8),
                    bytes -> UUID.fromString(new String(bytes, StandardCharsets.UTF_8)));
    private static final Serde<@Nullable Void> VOID =
            serdeFrom((topic, value) -> null, (topic, bytes) -> null);

    private Serdes() {}

    public static Serde<String> String() {
        return new StringSerde();
    }

    public static Serde<Long> Long() {
        return new LongSerde();
    }

    public static Serde<Integer> Integer() {
        return new IntegerSerde();
    }

    public static Serde<Short> Short() {
        return new ShortSerde();
    }

    public static Serde<Double> Double() {
        return new DoubleSerde();
    }

    public static Serde<Float> Float() {
        return new FloatSerde();
    }

    public static Serde<Boolean> Boolean() {
        return new BooleanSerde();
    }

    /** The bytes themselves, not copied. */
    public static Serde<byte[]> ByteArray() {
        return new ByteArraySerde();
    }

    /** The remaining bytes of the buffer, whose position does not move. */
    public static Serde<ByteBuffer> ByteBuffer() {
        return new ByteBufferSerde();
    }

    /** A UUID as its 36 characters. */
    public static Serde<UUID> UUID() {
        return new UUIDSerde();
    }

    /** Nothing, as null. */
    public static Serde<@Nullable Void> Void() {
        return VOID;
    }

    /** A serde out of its two halves. */
    public static <T> Serde<T> serdeFrom(Serializer<T> serializer, Deserializer<T> deserializer) {
        return new Pair<>(serializer, deserializer);
    }

    private static <T> Serde<T> whole(Function<T, byte[]> write, Function<byte[], T> read) {
        return serdeFrom(
                (topic, value) -> value == null ? null : write.apply(value),
                (topic, bytes) -> bytes == null ? null : read.apply(bytes));
    }

    private static <T> Serde<T> fixed(
            String what, int size, Function<T, byte[]> write, Function<byte[], T> read) {
        return serdeFrom(
                (topic, value) -> value == null ? null : write.apply(value),
                (topic, bytes) -> {
                    if (bytes == null) {
                        return null;
                    }
                    if (bytes.length != size) {
                        throw new SerializationException(
                                topic
                                        + ": "
                                        + what
                                        + " has "
                                        + size
                                        + " bytes, found "
                                        + bytes.length);
                    }
                    return read.apply(bytes);
                });
    }

    private static byte[] longBytes(long value) {
        byte[] bytes = new byte[Long.BYTES];
        for (int i = Long.BYTES - 1; i >= 0; i--) {
            bytes[i] = (byte) value;
            value >>>= 8;
        }
        return bytes;
    }

    private static long readLong(byte[] bytes) {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = value << 8 | bytes[i] & 0xff;
        }
        return value;
    }

    private static byte[] remaining(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private record Pair<T>(Serializer<T> serializer, Deserializer<T> deserializer)
            implements Serde<T> {
        @Override
        public void close() {
            serializer.close();
            deserializer.close();
        }
    }

    /** {@link Serdes#String()} as a class, for configuration. */
    public static final class StringSerde extends Named<String> {
        public StringSerde() {
            super(STRING);
        }
    }

    /** {@link Serdes#Long()} as a class, for configuration. */
    public static final class LongSerde extends Named<Long> {
        public LongSerde() {
            super(LONG);
        }
    }

    /** {@link Serdes#Integer()} as a class, for configuration. */
    public static final class IntegerSerde extends Named<Integer> {
        public IntegerSerde() {
            super(INTEGER);
        }
    }

    /** {@link Serdes#Short()} as a class, for configuration. */
    public static final class ShortSerde extends Named<Short> {
        public ShortSerde() {
            super(SHORT);
        }
    }

    /** {@link Serdes#Double()} as a class, for configuration. */
    public static final class DoubleSerde extends Named<Double> {
        public DoubleSerde() {
            super(DOUBLE);
        }
    }

    /** {@link Serdes#Float()} as a class, for configuration. */
    public static final class FloatSerde extends Named<Float> {
        public FloatSerde() {
            super(FLOAT);
        }
    }

    /** {@link Serdes#Boolean()} as a class, for configuration. */
    public static final class BooleanSerde extends Named<Boolean> {
        public BooleanSerde() {
            super(BOOLEAN);
        }
    }

    /** {@link Serdes#ByteArray()} as a class, for configuration. */
    public static final class ByteArraySerde extends Named<byte[]> {
        public ByteArraySerde() {
            super(BYTE_ARRAY);
        }
    }

    /** {@link Serdes#ByteBuffer()} as a class, for configuration. */
    public static final class ByteBufferSerde extends Named<ByteBuffer> {
        public ByteBufferSerde() {
            super(BYTE_BUFFER);
        }
    }

    /** {@link Serdes#UUID()} as a class, for configuration. */
    public static final class UUIDSerde extends Named<UUID> {
        public UUIDSerde() {
            super(UUID_TEXT);
        }
    }

    /** A serde that can be named in configuration. */
    private abstract static class Named<T> implements Serde<T> {
        private final Serde<T> serde;

        Named(Serde<T> serde) {
            this.serde = serde;
        }

        @Override
        public Serializer<T> serializer() {
            return serde.serializer();
        }

        @Override
        public Deserializer<T> deserializer() {
            return serde.deserializer();
        }
    }
}
