package io.millrace.streams.storage;

import io.millrace.streams.storage.KeyRows.RowCopy;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Rows of memory over rows of the disk, both in the same order; memory wins. */
final class MergedCursor implements RowCursor {
    private final List<RowCopy> memory;
    private final RowCursor below;
    private final boolean forward;
    private int nextInMemory;
    private boolean belowReady;
    private boolean belowHasRow;
    private byte @Nullable [] key;
    private byte @Nullable [] value;

    MergedCursor(List<RowCopy> memory, RowCursor below, boolean forward) {
        this.memory = memory;
        this.below = below;
        this.forward = forward;
    }

    @Override
    public boolean next() {
        while (true) {
            if (!belowReady) {
                belowHasRow = below.next();
                belowReady = true;
            }
            boolean memoryHasRow = nextInMemory < memory.size();
            if (!memoryHasRow && !belowHasRow) {
                return false;
            }
            int order = compareHeads(memoryHasRow);
            if (order > 0) {
                key = below.key();
                value = below.value();
                belowReady = false;
                return true;
            }
            RowCopy row = memory.get(nextInMemory++);
            if (order == 0) {
                belowReady = false;
            }
            if (row.value() != null) {
                key = row.key();
                value = row.value();
                return true;
            }
        }
    }

    /** Negative: memory's row is first; positive: the disk's; zero: the same key. */
    private int compareHeads(boolean memoryHasRow) {
        if (!belowHasRow) {
            return -1;
        }
        if (!memoryHasRow) {
            return 1;
        }
        int order = Arrays.compareUnsigned(memory.get(nextInMemory).key(), below.key());
        return forward ? order : -order;
    }

    @Override
    public byte[] key() {
        return present(key);
    }

    @Override
    public byte[] value() {
        return present(value);
    }

    private static byte[] present(byte @Nullable [] bytes) {
        if (bytes == null) {
            throw new NoSuchElementException("no row: call next() first");
        }
        return bytes;
    }

    @Override
    public void close() {
        below.close();
    }
}
