package io.millrace.streams.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of the disk that belongs to one store: rows in key order, plus the position they belong
 * to. Holds committed rows only.
 */
public interface DiskSlice {

    byte @Nullable [] get(byte[] key);

    /**
     * Rows with {@code from <= key < to}.
     *
     * @param from null for the first row
     * @param to null for behind the last row
     */
    RowCursor scan(byte @Nullable [] from, byte @Nullable [] to, boolean forward);

    /** Where the rows end in the changelog, or null if the slice was never written. */
    @Nullable Position position();

    /** Writes all of it or nothing: rows (sorted by key), dropped ranges, position. */
    void write(Batch batch);

    /** Forgets every row and the position. */
    void wipe();

    /** Whether rows survive the process. */
    boolean durable();

    /**
     * What the rows of a slice are worth.
     *
     * @param changelogOffset first changelog offset the rows do not contain
     * @param streamTimeMs highest timestamp the store has seen, -1 if none
     * @param savedAtMs wall-clock time of the write
     * @param nextSequence next number for rows of one key and time; 0 where there are none
     */
    record Position(long changelogOffset, long streamTimeMs, long savedAtMs, int nextSequence) {}

    /** A deletion of all keys {@code from <= key < to}. */
    record Range(byte[] from, byte[] to) {}

    /** A changed row; null value deletes. */
    record Change(byte[] key, byte @Nullable [] value) {}

    /** One atomic write. */
    record Batch(List<Range> dropped, List<Change> changes, Position position) {}

    /** No disk: everything stays in memory. */
    DiskSlice NONE =
            new DiskSlice() {
                @Override
                public byte @Nullable [] get(byte[] key) {
                    return null;
                }

                @Override
                public RowCursor scan(
                        byte @Nullable [] from, byte @Nullable [] to, boolean forward) {
                    return RowCursor.empty();
                }

                @Override
                public @Nullable Position position() {
                    return null;
                }

                @Override
                public void write(Batch batch) {}

                @Override
                public void wipe() {}

                @Override
                public boolean durable() {
                    return false;
                }
            };
}
