package io.millrace.streams.storage;

import org.jspecify.annotations.Nullable;

/** Takes rows: a changelog, a disk batch. */
@FunctionalInterface
public interface RowSink {
    /**
     * @param key the row's key in its changelog format
     * @param value null if the row was deleted
     */
    void row(byte[] key, byte @Nullable [] value);
}
