package io.millrace.broker.log;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Aborted transactions whose markers lie in one segment, in order of the markers. File: 34-byte
 * entries, [short version = 0][long producerId][long firstOffset][long lastOffset][long
 * lastStableOffset], big-endian. Owner and threads as in {@link OffsetIndex}.
 */
final class TransactionIndex {
    static final int ENTRY_BYTES = 34;
    private static final short VERSION = 0;
    private static final int FIRST_ENTRIES = 4;

    private volatile AbortedTransaction[] entries = new AbortedTransaction[FIRST_ENTRIES];
    private volatile int count;

    /**
     * The index in these bytes, or null if they are not that of a segment with these offsets.
     *
     * @param endOffset first offset behind the segment
     */
    static @Nullable TransactionIndex parse(byte[] bytes, long baseOffset, long endOffset) {
        if (bytes.length % ENTRY_BYTES != 0) {
            return null;
        }
        TransactionIndex index = new TransactionIndex();
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        long previous = baseOffset - 1;
        while (buffer.hasRemaining()) {
            short version = buffer.getShort();
            AbortedTransaction entry =
                    new AbortedTransaction(
                            buffer.getLong(), buffer.getLong(), buffer.getLong(), buffer.getLong());
            if (version < VERSION
                    || entry.lastOffset() <= previous
                    || entry.lastOffset() >= endOffset
                    || entry.firstOffset() < 0
                    || entry.firstOffset() >= entry.lastOffset()) {
                return null;
            }
            previous = entry.lastOffset();
            index.append(entry);
        }
        return index;
    }

    int count() {
        return count;
    }

    AbortedTransaction entry(int index) {
        return entries[index];
    }

    void append(AbortedTransaction aborted) {
        int at = count;
        if (at == entries.length) {
            entries = Arrays.copyOf(entries, 2 * at);
        }
        entries[at] = aborted;
        count = at + 1;
    }

    /** Drops transactions whose marker lies at or beyond the offset. */
    void truncate(long offset) {
        int keep = count;
        while (keep > 0 && entry(keep - 1).lastOffset() >= offset) {
            keep--;
        }
        count = keep;
    }

    /**
     * Adds those of which something lies in {@code [fromOffset, toOffset)}.
     *
     * @return whether no later marker can abort anything before {@code toOffset}
     */
    boolean collect(long fromOffset, long toOffset, List<AbortedTransaction> into) {
        int known = count;
        for (int i = 0; i < known; i++) {
            AbortedTransaction aborted = entry(i);
            if (aborted.lastOffset() >= fromOffset && aborted.firstOffset() < toOffset) {
                into.add(aborted);
            }
            if (aborted.lastStableOffset() >= toOffset) {
                return true;
            }
        }
        return false;
    }

    /** Entries from the given one on, as they stand in the file. */
    ByteBuffer bytesFrom(int first) {
        ByteBuffer bytes = ByteBuffer.allocate((count - first) * ENTRY_BYTES);
        for (int i = first; i < count; i++) {
            AbortedTransaction aborted = entry(i);
            bytes.putShort(VERSION)
                    .putLong(aborted.producerId())
                    .putLong(aborted.firstOffset())
                    .putLong(aborted.lastOffset())
                    .putLong(aborted.lastStableOffset());
        }
        return bytes.flip();
    }
}
