package io.millrace.streams.dsl;

import io.millrace.streams.errors.SerializationException;
import io.millrace.streams.header.Headers;
import io.millrace.streams.serialization.Deserializer;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.serialization.Serializer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Updates on their way through a repartition topic. The last byte says what stands in front of it:
 * 0 the old value, 1 the new one, 2 both (4 bytes length of the new one first).
 */
final class ChangeSerde<V> implements Serde<Change<V>> {
    private static final byte OLD = 0;
    private static final byte NEW = 1;
    private static final byte BOTH = 2;

    private final Serde<V> inner;

    ChangeSerde(Serde<V> inner) {
        this.inner = inner;
    }

    @Override
    public Serializer<Change<V>> serializer() {
        Serializer<V> values = inner.serializer();
        return (topic, change) -> {
            if (change == null) {
                return null;
            }
            byte[] put = values.serialize(topic, change.newValue());
            byte[] taken = values.serialize(topic, change.oldValue());
            if (put != null && taken != null) {
                return ByteBuffer.allocate(Integer.BYTES + put.length + taken.length + 1)
                        .putInt(put.length)
                        .put(put)
                        .put(taken)
                        .put(BOTH)
                        .array();
            }
            byte[] only = put != null ? put : taken;
            if (only == null) {
                throw new SerializationException(topic + ": an update without any value");
            }
            byte[] bytes = Arrays.copyOf(only, only.length + 1);
            bytes[only.length] = put != null ? NEW : OLD;
            return bytes;
        };
    }

    @Override
    public Deserializer<Change<V>> deserializer() {
        Deserializer<V> values = inner.deserializer();
        return new Deserializer<>() {
            @Override
            public @Nullable Change<V> deserialize(String topic, byte @Nullable [] data) {
                return deserialize(topic, new Headers(), data);
            }

            @Override
            public @Nullable Change<V> deserialize(
                    String topic, Headers headers, byte @Nullable [] data) {
                return data == null ? null : read(topic, headers, data);
            }

            private Change<V> read(String topic, Headers headers, byte[] data) {
                int end = data.length - 1;
                byte kind = end < 0 ? -1 : data[end];
                switch (kind) {
                    case OLD:
                        return new Change<>(
                                null, values.deserialize(topic, headers, Arrays.copyOf(data, end)));
                    case NEW:
                        return new Change<>(
                                values.deserialize(topic, headers, Arrays.copyOf(data, end)), null);
                    case BOTH:
                        int split = Integer.BYTES + ByteBuffer.wrap(data).getInt();
                        return new Change<>(
                                values.deserialize(
                                        topic,
                                        headers,
                                        Arrays.copyOfRange(data, Integer.BYTES, split)),
                                values.deserialize(
                                        topic, headers, Arrays.copyOfRange(data, split, end)));
                    default:
                        throw new SerializationException(
                                topic + ": an update ends in " + kind + ", expected 0, 1 or 2");
                }
            }
        };
    }
}
