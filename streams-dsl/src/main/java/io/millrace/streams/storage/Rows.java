package io.millrace.streams.storage;

import org.jspecify.annotations.Nullable;

/**
 * The rows of one store of one task: a table in memory over a {@link DiskSlice}. Owned by the
 * task's thread.
 *
 * <p>A row changes in memory only. {@link #drainUnlogged} hands the last value of every changed key
 * to the changelog, once per commit; {@link #save} writes what changed since the last save to disk
 * and is called right after a commit, so that the disk never holds an uncommitted row. Rows that
 * are on disk may leave memory ({@link #evict}) and are read back when asked for.
 */
public abstract sealed class Rows permits KeyRows, TimeRows {
    /** Bytes a row costs beside its key and value: objects, slots, flags. */
    static final int ROW_OVERHEAD_BYTES = 88;

    static final byte UNLOGGED = 1;
    static final byte UNSAVED = 2;
    static final byte USED = 4;

    final DiskSlice disk;
    final boolean logged;
    long bytes;
    long streamTimeMs = -1;

    Rows(DiskSlice disk, boolean logged) {
        this.disk = disk;
        this.logged = logged;
    }

    /** Flags of a row that has just changed. */
    final byte changedFlags() {
        return (byte) ((logged ? UNLOGGED : 0) | (disk.durable() ? UNSAVED : 0) | USED);
    }

    /** Takes over a row from the changelog: changed for the disk, not for the changelog. */
    public abstract void restore(byte[] key, byte @Nullable [] value);

    /**
     * Marks a row for the next commit without changing it, because the changelog's last record of
     * that key is not the row's value.
     */
    public abstract void heal(byte[] key);

    /** Gives the rows changed since the last call, in the order they first changed. */
    public abstract void drainUnlogged(RowSink changelog);

    public abstract boolean hasUnlogged();

    /** Writes the rows changed since the last save; all of them must be committed. */
    public abstract void save(long changelogOffset, long nowMs);

    /** Lets go of saved rows, least recently used first, until memory holds at most this. */
    public abstract void evict(long targetBytes);

    /** Forgets everything, on disk too. */
    public abstract void wipe();

    /** Approximate memory held by rows. */
    public final long bytes() {
        return bytes;
    }

    /** Rows changed since the last save. */
    public abstract int unsavedCount();

    public final DiskSlice disk() {
        return disk;
    }

    static long weight(byte[] key, byte @Nullable [] value) {
        return (long) ROW_OVERHEAD_BYTES + key.length + (value == null ? 0 : value.length);
    }
}
