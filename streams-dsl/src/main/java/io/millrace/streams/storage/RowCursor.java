package io.millrace.streams.storage;

import java.util.NoSuchElementException;

/**
 * Goes over rows in order. Stands before the first row at the start. Must be closed: it may hold
 * native memory.
 */
public interface RowCursor extends AutoCloseable {
    /** Moves to the next row; false at the end. */
    boolean next();

    byte[] key();

    byte[] value();

    @Override
    void close();

    /** No rows. */
    static RowCursor empty() {
        return new RowCursor() {
            @Override
            public boolean next() {
                return false;
            }

            @Override
            public byte[] key() {
                throw new NoSuchElementException();
            }

            @Override
            public byte[] value() {
                throw new NoSuchElementException();
            }

            @Override
            public void close() {}
        };
    }
}
