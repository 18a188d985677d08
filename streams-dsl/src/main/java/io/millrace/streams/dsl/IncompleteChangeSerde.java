package io.millrace.streams.dsl;

import io.millrace.streams.header.Headers;
import io.millrace.streams.serialization.Deserializer;
import io.millrace.streams.serialization.Incomplete;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** A {@link ChangeSerde} around the configuration's default serde, whichever that will be. */
final class IncompleteChangeSerde<V> implements Serde<Change<V>> {
    @Override
    public Serializer<Change<V>> serializer() {
        return new Half<>();
    }

    @Override
    public Deserializer<Change<V>> deserializer() {
        return new Half<>();
    }

    /** Stands in for either half until the task is made. */
    private static final class Half<V>
            implements Serializer<Change<V>>, Deserializer<Change<V>>, Incomplete {
        @Override
        public Serde<?> around(Serde<?> inner) {
            return new ChangeSerde<>(inner);
        }

        @Override
        public byte @Nullable [] serialize(String topic, @Nullable Change<V> data) {
            throw new IllegalStateException("incomplete serde used for " + topic);
        }

        @Override
        public @Nullable Change<V> deserialize(
                String topic, Headers headers, byte @Nullable [] data) {
            throw new IllegalStateException("incomplete serde used for " + topic);
        }

        @Override
        public @Nullable Change<V> deserialize(String topic, byte @Nullable [] data) {
            throw new IllegalStateException("incomplete serde used for " + topic);
        }

        @Override
        public void configure(java.util.Map<String, ?> configs, boolean isKey) {}

        @Override
        public void close() {}
    }
}
