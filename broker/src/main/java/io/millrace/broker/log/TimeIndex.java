package io.millrace.broker.log;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Sparse map from time to offset in one segment. File: 12-byte entries, [long timestampMs][int
 * relativeOffset], big-endian; an entry says that no record before it bears a higher timestamp, and
 * names the last offset of the batch that bears it. Strictly rising in both. Owner and threads as
 * in {@link OffsetIndex}.
 */
final class TimeIndex {
    static final int ENTRY_BYTES = 12;
    private static final int FIRST_ENTRIES = 8;

    private volatile Entries entries = new Entries(new long[FIRST_ENTRIES], new int[FIRST_ENTRIES]);
    private volatile int count;

    private record Entries(long[] timestamps, int[] relativeOffsets) {
        Entries grown() {
            int length = Math.max(FIRST_ENTRIES, 2 * timestamps.length);
            return new Entries(
                    Arrays.copyOf(timestamps, length), Arrays.copyOf(relativeOffsets, length));
        }
    }

    /** The index in these bytes, or null if they are not one. */
    static @Nullable TimeIndex parse(byte[] bytes) {
        if (bytes.length % ENTRY_BYTES != 0) {
            return null;
        }
        TimeIndex index = new TimeIndex();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            long timestamp = buffer.getLong();
            int relativeOffset = buffer.getInt();
            int last = index.count - 1;
            if (relativeOffset < 0
                    || (last >= 0
                            && (timestamp <= index.timestamp(last)
                                    || relativeOffset <= index.relativeOffset(last)))) {
                return null;
            }
            index.append(timestamp, relativeOffset);
        }
        return index;
    }

    int count() {
        return count;
    }

    int sizeInBytes() {
        return count * ENTRY_BYTES;
    }

    long timestamp(int entry) {
        return entries.timestamps[entry];
    }

    int relativeOffset(int entry) {
        return entries.relativeOffsets[entry];
    }

    /** Appends if both time and offset rise; else the entry would say nothing new. */
    void appendIfLater(long timestampMs, int relativeOffset) {
        int last = count - 1;
        if (last < 0 || (timestampMs > timestamp(last) && relativeOffset > relativeOffset(last))) {
            append(timestampMs, relativeOffset);
        }
    }

    private void append(long timestampMs, int relativeOffset) {
        int at = count;
        if (at == entries.timestamps.length) {
            entries = entries.grown();
        }
        entries.timestamps[at] = timestampMs;
        entries.relativeOffsets[at] = relativeOffset;
        count = at + 1;
    }

    /** Relative offset at or before the first record that is as late as {@code timestampMs}. */
    int offsetBefore(long timestampMs) {
        int low = 0;
        int high = count - 1;
        long[] read = entries.timestamps;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (read[middle] < timestampMs) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high < 0 ? 0 : relativeOffset(high);
    }

    /** Drops entries at or beyond the offset. */
    void truncate(long relativeOffset) {
        int keep = count;
        while (keep > 0 && relativeOffset(keep - 1) >= relativeOffset) {
            keep--;
        }
        count = keep;
    }

    /** Entries from the given one on, as they stand in the file. */
    ByteBuffer bytesFrom(int entry) {
        ByteBuffer bytes = ByteBuffer.allocate((count - entry) * ENTRY_BYTES);
        for (int i = entry; i < count; i++) {
            bytes.putLong(timestamp(i)).putInt(relativeOffset(i));
        }
        return bytes.flip();
    }
}
