package io.millrace.broker.explain;

import java.util.function.Supplier;

/**
 * Something that happened to an entity. Its text is made when somebody asks.
 *
 * @param timeMs wall time of this broker
 * @param offset of the metadata log, where it came from there; -1 otherwise
 */
public record Event(long timeMs, long offset, Supplier<String> text) {
    /** Not from the metadata log. */
    public static final long NO_OFFSET = -1;
}
