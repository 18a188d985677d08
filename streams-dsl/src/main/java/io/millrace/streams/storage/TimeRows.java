package io.millrace.streams.storage;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Rows by key and time. Time is cut into segments; within a segment every key holds its rows in
 * time order. Whole segments expire.
 *
 * <p>Changelog key: key bytes, 8 bytes timestamp, 4 bytes sequence number (0 unless the store keeps
 * duplicates). On disk the same, behind 8 bytes segment number, so that dropping a segment is
 * dropping a range.
 */
public final class TimeRows extends Rows {
    private static final long MIN_SEGMENT_MS = 60_000;
    private static final int SUFFIX_BYTES = Long.BYTES + Integer.BYTES;

    private final long retentionMs;
    private final long segmentMs;
    private final boolean duplicates;
    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    private final List<DiskSlice.Range> dropped = new ArrayList<>();
    private List<Entry> unlogged = new ArrayList<>();
    private List<Entry> unsaved = new ArrayList<>();

    /** Segments below were on disk at the start: a key not in memory may be there. */
    private final boolean startedFromDisk;

    private int sequence;

    public TimeRows(DiskSlice disk, boolean logged, long retentionMs, boolean duplicates) {
        super(disk, logged);
        this.retentionMs = retentionMs;
        this.segmentMs = segmentMs(retentionMs);
        this.duplicates = duplicates;
        DiskSlice.Position position = disk.position();
        this.startedFromDisk = position != null;
        if (position != null) {
            streamTimeMs = position.streamTimeMs();
            sequence = position.nextSequence();
        }
    }

    /** Width of a segment: half the retention, at least a minute. */
    public static long segmentMs(long retentionMs) {
        return Math.max(retentionMs / 2, MIN_SEGMENT_MS);
    }

    /** Highest timestamp put so far, -1 if none. */
    public long streamTimeMs() {
        return streamTimeMs;
    }

    /**
     * Sets the row of a key at a time, or adds one if the store keeps duplicates.
     *
     * @param value kept, not copied; null deletes (and is ignored where duplicates are kept)
     * @return false if the time has expired and nothing was done
     */
    public boolean put(byte[] key, long timestamp, byte @Nullable [] value) {
        if (duplicates && value == null) {
            return true;
        }
        return set(key, timestamp, duplicates ? sequence++ : 0, value, changedFlags());
    }

    @Override
    public void restore(byte[] key, byte @Nullable [] value) {
        ByteBuffer suffix = ByteBuffer.wrap(key, key.length - SUFFIX_BYTES, SUFFIX_BYTES);
        long timestamp = suffix.getLong();
        int number = suffix.getInt();
        if (duplicates && number >= sequence) {
            sequence = number + 1;
        }
        byte[] plain = Arrays.copyOf(key, key.length - SUFFIX_BYTES);
        set(plain, timestamp, number, value, disk.durable() ? UNSAVED : 0);
    }

    private boolean set(
            byte[] key, long timestamp, int number, byte @Nullable [] value, int flags) {
        if (timestamp > streamTimeMs) {
            streamTimeMs = timestamp;
            expire();
        }
        long id = timestamp / segmentMs;
        if (id < firstLiveSegment()) {
            return false;
        }
        Entry entry = entry(segment(id), key, true);
        if (entry == null) {
            return false;
        }
        int before = entry.weight();
        int index = entry.put(timestamp, number, value);
        bytes += entry.weight() - before;
        mark(entry, index, flags);
        return true;
    }

    /** The row of a key at exactly that time (the first, where duplicates are kept), or null. */
    public byte @Nullable [] get(byte[] key, long timestamp) {
        if (timestamp < readableFrom()) {
            return null;
        }
        Segment segment = existing(timestamp / segmentMs);
        Entry entry = segment == null ? null : entry(segment, key, false);
        if (entry == null) {
            return null;
        }
        int index = entry.find(timestamp, 0);
        if (duplicates && index < 0) {
            index = -index - 1;
            return index < entry.size && entry.times[index] == timestamp
                    ? entry.values[index]
                    : null;
        }
        return index < 0 ? null : entry.values[index];
    }

    /**
     * Calls back with the rows of a key {@code from <= time <= to}, in time order, then arrival.
     */
    public void scan(byte[] key, long from, long to, TimedRow action) {
        long start = Math.max(from, readableFrom());
        if (start > to || streamTimeMs < 0) {
            return;
        }
        long last = Math.min(to, streamTimeMs) / segmentMs;
        for (long id = start / segmentMs; id <= last; id++) {
            Segment segment = existing(id);
            Entry entry = segment == null ? null : entry(segment, key, false);
            if (entry == null) {
                continue;
            }
            int index = entry.find(start, Integer.MIN_VALUE);
            index = index < 0 ? -index - 1 : index;
            for (; index < entry.size && entry.times[index] <= to; index++) {
                byte[] value = entry.values[index];
                if (value != null) {
                    action.row(key, entry.times[index], value);
                }
            }
        }
    }

    /** All keys' rows in a time range, by segment, key, time. */
    public void scanAll(long from, long to, TimedRow action) {
        long start = Math.max(from, readableFrom());
        if (start > to || streamTimeMs < 0) {
            return;
        }
        long last = Math.min(to, streamTimeMs) / segmentMs;
        for (long id = start / segmentMs; id <= last; id++) {
            Segment segment = existing(id);
            if (segment == null) {
                continue;
            }
            loadWhole(segment);
            List<Entry> entries = new ArrayList<>(segment.table.size());
            segment.table.forEach(entries::add);
            entries.sort(Comparator.comparing((Entry entry) -> entry.key, Arrays::compareUnsigned));
            for (Entry entry : entries) {
                scan(
                        entry.key,
                        Math.max(start, id * segmentMs),
                        Math.min(to, (id + 1) * segmentMs - 1),
                        action);
            }
        }
    }

    @Override
    public void heal(byte[] key) {
        if (!logged) {
            return;
        }
        ByteBuffer suffix = ByteBuffer.wrap(key, key.length - SUFFIX_BYTES, SUFFIX_BYTES);
        long timestamp = suffix.getLong();
        int number = suffix.getInt();
        long id = timestamp / segmentMs;
        if (id < firstLiveSegment()) {
            return; // expired: the changelog's own retention takes care of it
        }
        streamTimeMs = Math.max(streamTimeMs, 0);
        Entry entry = entry(segment(id), Arrays.copyOf(key, key.length - SUFFIX_BYTES), true);
        if (entry == null) {
            return;
        }
        int index = entry.find(timestamp, number);
        if (index < 0) {
            int before = entry.weight();
            index = entry.put(timestamp, number, null);
            bytes += entry.weight() - before;
        }
        mark(entry, index, UNLOGGED);
    }

    private void mark(Entry entry, int index, int flags) {
        entry.flags[index] |= (byte) flags;
        if ((flags & UNLOGGED) != 0 && !entry.listedUnlogged) {
            entry.listedUnlogged = true;
            unlogged.add(entry);
        }
        if ((flags & UNSAVED) != 0 && !entry.listedUnsaved) {
            entry.listedUnsaved = true;
            unsaved.add(entry);
        }
        entry.used = true;
    }

    @Override
    public void drainUnlogged(RowSink changelog) {
        if (unlogged.isEmpty()) {
            return;
        }
        List<Entry> entries = unlogged;
        unlogged = new ArrayList<>();
        for (Entry entry : entries) {
            entry.listedUnlogged = false;
            for (int i = 0; i < entry.size; i++) {
                if ((entry.flags[i] & UNLOGGED) != 0) {
                    entry.flags[i] &= ~UNLOGGED;
                    changelog.row(entry.changelogKey(i), entry.values[i]);
                }
            }
            compact(entry);
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
        List<DiskSlice.Change> changes = new ArrayList<>(unsaved.size());
        List<Entry> entries = unsaved;
        unsaved = new ArrayList<>();
        for (Entry entry : entries) {
            entry.listedUnsaved = false;
            if (entry.segment.dropped) {
                continue;
            }
            for (int i = 0; i < entry.size; i++) {
                if ((entry.flags[i] & UNSAVED) != 0) {
                    entry.flags[i] &= ~UNSAVED;
                    changes.add(new DiskSlice.Change(entry.diskKey(i), entry.values[i]));
                }
            }
            compact(entry);
        }
        changes.sort(Comparator.comparing(DiskSlice.Change::key, Arrays::compareUnsigned));
        disk.write(
                new DiskSlice.Batch(
                        List.copyOf(dropped),
                        changes,
                        new DiskSlice.Position(changelogOffset, streamTimeMs, nowMs, sequence)));
        dropped.clear();
    }

    /** Deleted rows stay only as long as changelog or disk must still hear of them. */
    private void compact(Entry entry) {
        int before = entry.weight();
        if (entry.dropDeleted()) {
            bytes += entry.weight() - before;
            if (entry.size == 0 && entry.segment.complete) {
                entry.segment.table.remove(entry);
                bytes -= entry.weight();
            }
        }
    }

    @Override
    public void evict(long targetBytes) {
        if (bytes <= targetBytes || !disk.durable()) {
            return;
        }
        for (Segment segment : segments.values()) {
            // Two rounds: what was used since the last time is passed over once.
            for (int round = 0; round < 2 && bytes > targetBytes; round++) {
                segment.table.sweep(
                        entry -> {
                            if (entry.listedUnlogged || entry.listedUnsaved) {
                                return false;
                            }
                            if (entry.used) {
                                entry.used = false;
                                return false;
                            }
                            segment.complete = false;
                            bytes -= entry.weight();
                            return true;
                        },
                        () -> bytes <= targetBytes);
            }
        }
    }

    @Override
    public void wipe() {
        segments.clear();
        dropped.clear();
        unlogged = new ArrayList<>();
        unsaved = new ArrayList<>();
        bytes = 0;
        streamTimeMs = -1;
        disk.wipe();
    }

    private void expire() {
        long firstLive = firstLiveSegment();
        while (!segments.isEmpty() && segments.firstKey() < firstLive) {
            Segment gone = segments.pollFirstEntry().getValue();
            gone.dropped = true;
            gone.table.forEach(entry -> bytes -= entry.weight());
            gone.table.forEach(entry -> entry.size = 0);
            if (disk.durable()) {
                dropped.add(
                        new DiskSlice.Range(segmentPrefix(gone.id), segmentPrefix(gone.id + 1)));
            }
        }
    }

    private long firstLiveSegment() {
        return Math.max(0, streamTimeMs - retentionMs) / segmentMs;
    }

    /** Rule 12: nothing older than this is readable, although its segment may still be there. */
    private long readableFrom() {
        return Math.max(0, streamTimeMs - retentionMs + 1);
    }

    private Segment segment(long id) {
        Segment found = segments.get(id);
        if (found == null) {
            found = new Segment(id, !startedFromDisk || !onDisk(id));
            segments.put(id, found);
        }
        return found;
    }

    /** The segment if it has rows, in memory or on disk. */
    private @Nullable Segment existing(long id) {
        Segment found = segments.get(id);
        if (found == null && startedFromDisk && id >= firstLiveSegment() && onDisk(id)) {
            found = new Segment(id, false);
            segments.put(id, found);
        }
        return found;
    }

    private boolean onDisk(long id) {
        try (RowCursor cursor = disk.scan(segmentPrefix(id), segmentPrefix(id + 1), true)) {
            return cursor.next();
        }
    }

    private @Nullable Entry entry(Segment segment, byte[] key, boolean create) {
        int hash = Keyed.hashOf(key);
        Entry entry = segment.table.find(key, hash);
        if (entry == null && !segment.complete) {
            entry = load(segment, key, hash);
        }
        if (entry == null && create) {
            entry = new Entry(segment, key, hash);
            segment.table.insert(entry);
            bytes += entry.weight();
        }
        if (entry != null) {
            entry.used = true;
        }
        return entry;
    }

    /** Reads all rows of a key in a segment; remembers that there are none as an empty entry. */
    private Entry load(Segment segment, byte[] key, int hash) {
        Entry entry = new Entry(segment, key, hash);
        byte[] from = concat(segmentPrefix(segment.id), key);
        byte[] to = Arrays.copyOf(from, from.length + SUFFIX_BYTES + 1);
        Arrays.fill(to, from.length, to.length, (byte) 0xff);
        try (RowCursor cursor = disk.scan(from, to, true)) {
            while (cursor.next()) {
                byte[] row = cursor.key();
                if (row.length == from.length + SUFFIX_BYTES
                        && Arrays.equals(row, 0, from.length, from, 0, from.length)) {
                    ByteBuffer suffix = ByteBuffer.wrap(row, from.length, SUFFIX_BYTES);
                    entry.put(suffix.getLong(), suffix.getInt(), cursor.value());
                }
            }
        }
        segment.table.insert(entry);
        bytes += entry.weight();
        return entry;
    }

    private void loadWhole(Segment segment) {
        if (segment.complete) {
            return;
        }
        List<byte[]> keys = new ArrayList<>();
        try (RowCursor cursor =
                disk.scan(segmentPrefix(segment.id), segmentPrefix(segment.id + 1), true)) {
            while (cursor.next()) {
                byte[] row = cursor.key();
                keys.add(Arrays.copyOfRange(row, Long.BYTES, row.length - SUFFIX_BYTES));
            }
        }
        for (byte[] key : keys) {
            entry(segment, key, false);
        }
        segment.complete = true;
    }

    private static byte[] segmentPrefix(long id) {
        return ByteBuffer.allocate(Long.BYTES).putLong(id).array();
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** One row, while scanning. */
    @FunctionalInterface
    public interface TimedRow {
        void row(byte[] key, long timestamp, byte[] value);
    }

    /** A stretch of time. */
    private static final class Segment {
        private final long id;
        private final KeyTable<Entry> table = new KeyTable<>();

        /** Whether memory holds all its rows. */
        private boolean complete;

        private boolean dropped;

        Segment(long id, boolean complete) {
            this.id = id;
            this.complete = complete;
        }
    }

    /** The rows of one key in one segment, ordered by time, then sequence number. */
    private static final class Entry extends Keyed {
        private static final int INITIAL_ROWS = 1;

        private final Segment segment;
        private long[] times = new long[INITIAL_ROWS];
        private int[] numbers = new int[INITIAL_ROWS];
        private byte[] flags = new byte[INITIAL_ROWS];
        private byte[] @Nullable [] values = new byte[INITIAL_ROWS][];
        private int size;
        private int valueBytes;
        private boolean listedUnlogged;
        private boolean listedUnsaved;
        private boolean used = true;

        Entry(Segment segment, byte[] key, int hash) {
            super(key, hash);
            this.segment = segment;
        }

        int weight() {
            return ROW_OVERHEAD_BYTES + key.length + times.length * 21 + valueBytes;
        }

        /** Index of the row, or -(insertion point) - 1. */
        int find(long timestamp, int number) {
            int low = 0;
            int high = size - 1;
            // Most look at the end.
            if (high >= 0 && times[high] < timestamp) {
                return -(size) - 1;
            }
            while (low <= high) {
                int middle = (low + high) >>> 1;
                int order = Long.compare(times[middle], timestamp);
                if (order == 0) {
                    order = Integer.compare(numbers[middle], number);
                }
                if (order == 0) {
                    return middle;
                }
                if (order < 0) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return -low - 1;
        }

        int put(long timestamp, int number, byte @Nullable [] value) {
            int index = find(timestamp, number);
            if (index >= 0) {
                valueBytes += lengthOf(value) - lengthOf(values[index]);
                values[index] = value;
                return index;
            }
            index = -index - 1;
            if (size == times.length) {
                resize(size * 2);
            }
            System.arraycopy(times, index, times, index + 1, size - index);
            System.arraycopy(numbers, index, numbers, index + 1, size - index);
            System.arraycopy(flags, index, flags, index + 1, size - index);
            System.arraycopy(values, index, values, index + 1, size - index);
            times[index] = timestamp;
            numbers[index] = number;
            flags[index] = 0;
            values[index] = value;
            valueBytes += lengthOf(value);
            size++;
            return index;
        }

        boolean dropDeleted() {
            int kept = 0;
            for (int i = 0; i < size; i++) {
                if (values[i] != null || (flags[i] & (UNLOGGED | UNSAVED)) != 0) {
                    times[kept] = times[i];
                    numbers[kept] = numbers[i];
                    flags[kept] = flags[i];
                    values[kept] = values[i];
                    kept++;
                }
            }
            boolean changed = kept != size;
            Arrays.fill(values, kept, size, null);
            size = kept;
            return changed;
        }

        byte[] changelogKey(int index) {
            return ByteBuffer.allocate(key.length + SUFFIX_BYTES)
                    .put(key)
                    .putLong(times[index])
                    .putInt(numbers[index])
                    .array();
        }

        byte[] diskKey(int index) {
            return ByteBuffer.allocate(Long.BYTES + key.length + SUFFIX_BYTES)
                    .putLong(segment.id)
                    .put(key)
                    .putLong(times[index])
                    .putInt(numbers[index])
                    .array();
        }

        private void resize(int capacity) {
            times = Arrays.copyOf(times, capacity);
            numbers = Arrays.copyOf(numbers, capacity);
            flags = Arrays.copyOf(flags, capacity);
            values = Arrays.copyOf(values, capacity);
        }

        private static int lengthOf(byte @Nullable [] value) {
            return value == null ? 0 : value.length;
        }
    }
}
