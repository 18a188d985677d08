package io.millrace.clients.serde;

/** A serializer and the deserializer that undoes it. */
public interface Serde<T> {
    Serializer<T> serializer();

    Deserializer<T> deserializer();

    static <T> Serde<T> of(Serializer<T> serializer, Deserializer<T> deserializer) {
        return new Pair<>(serializer, deserializer);
    }

    /** The plain pair. */
    record Pair<T>(Serializer<T> serializer, Deserializer<T> deserializer) implements Serde<T> {}
}
