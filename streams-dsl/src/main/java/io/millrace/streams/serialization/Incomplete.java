package io.millrace.streams.serialization;

/**
 * A serializer or deserializer around another one that nobody has named: the configuration's
 * default takes its place when a task is made.
 */
public interface Incomplete {
    /** The whole serde, around this inner one. */
    Serde<?> around(Serde<?> inner);
}
