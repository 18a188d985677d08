package io.millrace.streams.storage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Rows by key. Hashed by default; {@code sorted} keeps them in key order at a higher price per
 * access, for stores that are scanned all the time (never evicted).
 */
public final class KeyRows extends Rows {
    private static final Comparator<byte[]> UNSIGNED = Arrays::compareUnsigned;

    private KeyTable<Row> table = new KeyTable<>();
    private final @Nullable TreeMap<byte[], Row> sorted;
    private List<Row> unlogged = new ArrayList<>();
    private List<Row> unsaved = new ArrayList<>();

    /** Whether memory holds every row; else a key not found may be on disk. */
    private boolean complete;

    public KeyRows(DiskSlice disk, boolean logged, boolean keepSorted) {
        super(disk, logged);
        this.sorted = keepSorted ? new TreeMap<>(UNSIGNED) : null;
        DiskSlice.Position position = disk.position();
        this.complete = position == null;
        if (position != null) {
            streamTimeMs = position.streamTimeMs();
            if (sorted != null) {
                loadAll();
            }
        }
    }

    public byte @Nullable [] get(byte[] key) {
        int hash = Keyed.hashOf(key);
        Row row = table.find(key, hash);
        if (row != null) {
            row.flags |= USED;
            return row.value;
        }
        if (complete) {
            return null;
        }
        byte[] value = disk.get(key);
        if (value != null) {
            insert(new Row(key, hash, value, USED));
        }
        return value;
    }

    /**
     * @param value kept, not copied; null deletes
     */
    public void put(byte[] key, byte @Nullable [] value) {
        set(key, value, changedFlags());
    }

    @Override
    public void restore(byte[] key, byte @Nullable [] value) {
        set(key, value, disk.durable() ? UNSAVED : 0);
    }

    private void set(byte[] key, byte @Nullable [] value, int flags) {
        int hash = Keyed.hashOf(key);
        Row row = table.find(key, hash);
        if (row == null) {
            if (value == null && complete) {
                // Nothing here and nothing on disk. The changelog may know better: tell it.
                if ((flags & UNLOGGED) == 0) {
                    return;
                }
            }
            row = new Row(key, hash, value, (byte) 0);
            insert(row);
        } else {
            bytes +=
                    (value == null ? 0 : value.length) - (row.value == null ? 0 : row.value.length);
            row.value = value;
        }
        mark(row, flags);
    }

    @Override
    public void heal(byte[] key) {
        if (!logged) {
            return;
        }
        byte[] value = get(key);
        int hash = Keyed.hashOf(key);
        Row row = table.find(key, hash);
        if (row == null) {
            row = new Row(key, hash, value, (byte) 0);
            insert(row);
        }
        mark(row, UNLOGGED);
    }

    private void mark(Row row, int flags) {
        if ((flags & UNLOGGED) != 0 && (row.flags & UNLOGGED) == 0) {
            unlogged.add(row);
        }
        if ((flags & UNSAVED) != 0 && (row.flags & UNSAVED) == 0) {
            unsaved.add(row);
        }
        row.flags |= (byte) flags;
        dropIfGone(row);
    }

    private void insert(Row row) {
        table.insert(row);
        if (sorted != null) {
            sorted.put(row.key, row);
        }
        bytes += weight(row.key, row.value);
    }

    private void remove(Row row) {
        table.remove(row);
        forget(row);
    }

    private void forget(Row row) {
        if (sorted != null) {
            sorted.remove(row.key);
        }
        bytes -= weight(row.key, row.value);
    }

    /** A deleted row stays only as long as changelog or disk must still hear of it. */
    private void dropIfGone(Row row) {
        if (row.value == null && (row.flags & (UNLOGGED | UNSAVED)) == 0) {
            remove(row);
        }
    }

    @Override
    public void drainUnlogged(RowSink changelog) {
        if (unlogged.isEmpty()) {
            return;
        }
        List<Row> rows = unlogged;
        unlogged = new ArrayList<>();
        for (Row row : rows) {
            row.flags &= ~UNLOGGED;
            changelog.row(row.key, row.value);
            dropIfGone(row);
        }
    }

    @Override
    public boolean hasUnlogged() {
        return !unlogged.isEmpty();
    }

    @Override
    public int unsavedCount() {
        return unsaved.size();
    }

    @Override
    public void save(long changelogOffset, long nowMs) {
        List<Row> rows = unsaved;
        unsaved = new ArrayList<>();
        rows.sort(Comparator.comparing(row -> row.key, UNSIGNED));
        List<DiskSlice.Change> changes = new ArrayList<>(rows.size());
        for (Row row : rows) {
            changes.add(new DiskSlice.Change(row.key, row.value));
        }
        disk.write(
                new DiskSlice.Batch(
                        List.of(),
                        changes,
                        new DiskSlice.Position(changelogOffset, streamTimeMs, nowMs, 0)));
        for (Row row : rows) {
            row.flags &= ~UNSAVED;
            dropIfGone(row);
        }
    }

    @Override
    public void evict(long targetBytes) {
        if (bytes <= targetBytes || !disk.durable() || sorted != null) {
            return;
        }
        for (int round = 0; round < 2 && bytes > targetBytes; round++) {
            table.sweep(
                    row -> {
                        if ((row.flags & (UNLOGGED | UNSAVED)) != 0) {
                            return false;
                        }
                        if ((row.flags & USED) != 0) {
                            row.flags &= ~USED;
                            return false;
                        }
                        complete = false;
                        forget(row);
                        return true;
                    },
                    () -> bytes <= targetBytes);
        }
    }

    @Override
    public void wipe() {
        table = new KeyTable<>();
        if (sorted != null) {
            sorted.clear();
        }
        unlogged = new ArrayList<>();
        unsaved = new ArrayList<>();
        bytes = 0;
        complete = true;
        disk.wipe();
    }

    /**
     * A snapshot of the rows {@code from <= key <= to} in order; later changes do not show.
     *
     * @param from null for the first
     * @param to null for the last
     */
    public RowCursor range(byte @Nullable [] from, byte @Nullable [] to, boolean forward) {
        List<Row> rows = snapshot(from, to);
        if (!forward) {
            java.util.Collections.reverse(rows);
        }
        List<RowCopy> copies = new ArrayList<>(rows.size());
        for (Row row : rows) {
            copies.add(new RowCopy(row.key, row.value));
        }
        RowCursor below =
                complete
                        ? RowCursor.empty()
                        : disk.scan(from, to == null ? null : successor(to), forward);
        return new MergedCursor(copies, below, forward);
    }

    /** The first key of a sorted store, or null if it is empty. */
    public byte @Nullable [] firstKey() {
        if (sorted == null) {
            throw new IllegalStateException("not a sorted store");
        }
        return sorted.isEmpty() ? null : sorted.firstKey();
    }

    /** Number of rows in memory and, if not all are there, an unknown number more. */
    public long approximateCount() {
        return table.size();
    }

    private List<Row> snapshot(byte @Nullable [] from, byte @Nullable [] to) {
        if (sorted != null) {
            java.util.NavigableMap<byte[], Row> part = sorted;
            if (from != null) {
                part = part.tailMap(from, true);
            }
            if (to != null) {
                part = part.headMap(to, true);
            }
            return new ArrayList<>(part.values());
        }
        List<Row> rows = new ArrayList<>();
        table.forEach(
                row -> {
                    if ((from == null || Arrays.compareUnsigned(row.key, from) >= 0)
                            && (to == null || Arrays.compareUnsigned(row.key, to) <= 0)) {
                        rows.add(row);
                    }
                });
        rows.sort(Comparator.comparing(row -> row.key, UNSIGNED));
        return rows;
    }

    private void loadAll() {
        try (RowCursor cursor = disk.scan(null, null, true)) {
            while (cursor.next()) {
                byte[] key = cursor.key();
                insert(new Row(key, Keyed.hashOf(key), cursor.value(), USED));
            }
        }
        complete = true;
    }

    /** The smallest key behind the given one. */
    static byte[] successor(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    /** One row in memory; a null value means deleted, but changelog or disk do not know yet. */
    private static final class Row extends Keyed {
        private byte @Nullable [] value;
        private byte flags;

        Row(byte[] key, int hash, byte @Nullable [] value, byte flags) {
            super(key, hash);
            this.value = value;
            this.flags = flags;
        }
    }

    /** A row as it was when a range was asked for. */
    record RowCopy(byte[] key, byte @Nullable [] value) {}
}
