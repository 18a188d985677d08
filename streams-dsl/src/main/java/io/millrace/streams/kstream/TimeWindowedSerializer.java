package io.millrace.streams.kstream;

import io.millrace.streams.serialization.Serializer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A windowed key: the key's bytes, then 8 bytes window start. Kafka Streams' format. */
public final class TimeWindowedSerializer<T> implements Serializer<Windowed<T>> {
    private final Serializer<T> inner;

    public TimeWindowedSerializer(Serializer<T> inner) {
        this.inner = inner;
    }

    @Override
    public byte @Nullable [] serialize(String topic, @Nullable Windowed<T> data) {
        if (data == null) {
            return null;
        }
        byte[] key = innerKey(topic, data);
        return ByteBuffer.allocate(key.length + Long.BYTES)
                .put(key)
                .putLong(data.window().start())
                .array();
    }

    /** Bytes of the key without its window: what windowed records are partitioned by. */
    public byte[] innerKey(String topic, Windowed<T> data) {
        byte[] key = inner.serialize(topic, data.key());
        return key == null ? new byte[0] : key;
    }
}
