package io.millrace.streams.kstream;

import io.millrace.streams.serialization.Serde;
import io.millrace.streams.serialization.Serdes;

/** Serdes of windowed keys. */
public final class WindowedSerdes {
    private WindowedSerdes() {}

    /** Keys in time windows of that size. */
    public static <T> Serde<Windowed<T>> timeWindowedSerde(Serde<T> inner, long windowSizeMs) {
        return Serdes.serdeFrom(
                new TimeWindowedSerializer<>(inner.serializer()),
                new TimeWindowedDeserializer<>(inner.deserializer(), windowSizeMs));
    }
}
