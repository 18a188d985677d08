package io.millrace.streams.kstream;

import io.millrace.streams.errors.SerializationException;
import io.millrace.streams.serialization.Deserializer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads what {@link TimeWindowedSerializer} writes; the size of windows is not in the bytes. */
public final class TimeWindowedDeserializer<T> implements Deserializer<Windowed<T>> {
    private final Deserializer<T> inner;
    private final long sizeMs;

    public TimeWindowedDeserializer(Deserializer<T> inner, long sizeMs) {
        this.inner = inner;
        this.sizeMs = sizeMs;
    }

    @Override
    public @Nullable Windowed<T> deserialize(String topic, byte @Nullable [] data) {
        if (data == null || data.length == 0) {
            return null;
        }
        int keyLength = data.length - Long.BYTES;
        if (keyLength < 0) {
            throw new SerializationException(
                    topic
                            + ": a windowed key ends in 8 bytes window start, found "
                            + data.length
                            + " bytes");
        }
        T key = inner.deserialize(topic, Arrays.copyOf(data, keyLength));
        if (key == null) {
            return null;
        }
        long start = ByteBuffer.wrap(data, keyLength, Long.BYTES).getLong();
        return new Windowed<>(key, TimeWindow.ofSize(start, sizeMs));
    }
}
