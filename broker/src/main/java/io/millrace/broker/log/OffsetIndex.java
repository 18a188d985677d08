package io.millrace.broker.log;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sparse map from offset to file position in one segment. File: 8-byte entries, [int
 * relativeOffset][int position], big-endian; an entry names the last offset of a batch and where
 * that batch begins. On the heap as one array. Appended to by the partition's owner only; readers
 * on any thread see a prefix. Not checksummed: rebuilt from the segment when it is wrong.
 */
final class OffsetIndex {
    static final int ENTRY_BYTES = 8;
    private static final int FIRST_ENTRIES = 8;

    /** Pairs (relative offset, position). Replaced when it grows; never shrinks in place. */
    private volatile int[] pairs;

    /** INVARIANT: written after the pair it counts, so a reader never sees half an entry. */
    private volatile int count;

    OffsetIndex() {
        pairs = new int[2 * FIRST_ENTRIES];
    }

    private OffsetIndex(int[] pairs) {
        this.pairs = pairs;
        this.count = pairs.length / 2;
    }

    /** The index in these bytes, or null if they are not one of a segment this long. */
    static @Nullable OffsetIndex parse(byte[] bytes, long segmentBytes) {
        if (bytes.length % ENTRY_BYTES != 0) {
            return null;
        }
        int[] pairs = new int[bytes.length / Integer.BYTES];
        ByteBuffer.wrap(bytes).asIntBuffer().get(pairs);
        int lastOffset = -1;
        int lastPosition = -1;
        for (int i = 0; i < pairs.length; i += 2) {
            boolean ordered = pairs[i] > lastOffset && pairs[i + 1] > lastPosition;
            if (!ordered || pairs[i + 1] >= segmentBytes) {
                return null;
            }
            lastOffset = pairs[i];
            lastPosition = pairs[i + 1];
        }
        return new OffsetIndex(pairs);
    }

    int count() {
        return count;
    }

    int sizeInBytes() {
        return count * ENTRY_BYTES;
    }

    void append(int relativeOffset, int position) {
        int at = count;
        if (at > 0 && relativeOffset <= pairs[2 * at - 2]) {
            throw new IllegalStateException(
                    "index entry for offset +"
                            + relativeOffset
                            + " does not follow +"
                            + pairs[2 * at - 2]);
        }
        if (2 * at == pairs.length) {
            pairs = java.util.Arrays.copyOf(pairs, Math.max(2 * FIRST_ENTRIES, 4 * at));
        }
        pairs[2 * at] = relativeOffset;
        pairs[2 * at + 1] = position;
        count = at + 1;
    }

    /** Of the batch's last record. */
    int relativeOffset(int entry) {
        return pairs[2 * entry];
    }

    /** Where that batch begins. */
    int position(int entry) {
        return pairs[2 * entry + 1];
    }

    /** A position at or before the batch that holds the offset; 0 if no entry is that low. */
    int positionFor(long relativeOffset) {
        int entry = lastAtMost(relativeOffset);
        return entry < 0 ? 0 : pairs[2 * entry + 1];
    }

    private int lastAtMost(long relativeOffset) {
        int low = 0;
        int high = count - 1;
        int[] read = pairs;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (read[2 * middle] <= relativeOffset) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** Relative offset of the first entry at or beyond the position, or -1 if there is none. */
    int offsetAtPosition(long position) {
        int known = count;
        int low = 0;
        int high = known - 1;
        int[] read = pairs;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (read[2 * middle + 1] < position) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return low < known ? read[2 * low] : -1;
    }

    /** Drops entries of batches that end at or beyond the offset. */
    void truncate(long relativeOffset) {
        count = lastAtMost(relativeOffset - 1) + 1;
    }

    /** Entries from the given one on, as they stand in the file. */
    ByteBuffer bytesFrom(int entry) {
        ByteBuffer bytes = ByteBuffer.allocate((count - entry) * ENTRY_BYTES);
        for (int i = 2 * entry; i < 2 * count; i++) {
            bytes.putInt(pairs[i]);
        }
        return bytes.flip();
    }
}
