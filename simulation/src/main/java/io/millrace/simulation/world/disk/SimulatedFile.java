package io.millrace.simulation.world.disk;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Content of one file: what a reader sees, and how much of it is on the device. Where bytes that
 * were on the device are taken away or written over, the old content is kept until the next force:
 * a power loss may bring it back.
 */
final class SimulatedFile {
    private static final byte[] NOTHING = new byte[0];

    private byte[] bytes = NOTHING;
    private int size;
    private int forcedSize;
    private byte @Nullable [] forcedBefore;
    private long modifiedMs;

    int size() {
        return size;
    }

    int forcedSize() {
        return forcedSize;
    }

    long modifiedMs() {
        return modifiedMs;
    }

    byte[] content() {
        return Arrays.copyOf(bytes, size);
    }

    int read(ByteBuffer target, long position) {
        if (position >= size) {
            return target.hasRemaining() ? -1 : 0;
        }
        int count = Math.min(target.remaining(), size - (int) position);
        target.put(bytes, (int) position, count);
        return count;
    }

    void write(ByteBuffer source, long position, long nowMs) {
        int count = source.remaining();
        int at = Math.toIntExact(position);
        overwriteForced(at);
        reserve(at + count);
        if (at > size) {
            Arrays.fill(bytes, size, at, (byte) 0);
        }
        source.get(bytes, at, count);
        size = Math.max(size, at + count);
        modifiedMs = nowMs;
    }

    void truncate(long newSize, long nowMs) {
        if (newSize >= size) {
            return;
        }
        overwriteForced((int) newSize);
        size = (int) newSize;
        modifiedMs = nowMs;
    }

    void replace(byte[] content, long nowMs) {
        bytes = content.clone();
        size = content.length;
        modifiedMs = nowMs;
    }

    void force() {
        forcedSize = size;
        forcedBefore = null;
    }

    private void overwriteForced(int from) {
        if (from < forcedSize) {
            if (forcedBefore == null) {
                forcedBefore = Arrays.copyOf(bytes, forcedSize);
            }
            forcedSize = from;
        }
    }

    private void reserve(int needed) {
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(needed, Math.max(256, bytes.length * 2)));
        }
    }

    /**
     * What a power loss leaves: the forced part, some of the rest, and at its end perhaps nonsense.
     * True if anything was lost.
     */
    boolean losePower(Luck luck) {
        byte[] before = forcedBefore;
        forcedBefore = null;
        if (before != null && luck.oneIn(2)) {
            bytes = before;
            size = before.length;
            forcedSize = size;
            return true;
        }
        int unforced = size - forcedSize;
        if (unforced <= 0) {
            return false;
        }
        int kept = forcedSize + luck.upTo(unforced);
        boolean lost = kept < size;
        if (lost && luck.oneIn(3)) {
            // Some file systems keep the length and lose the content.
            Arrays.fill(bytes, kept, size, (byte) 0);
        } else {
            size = kept;
            if (luck.oneIn(4) && kept > forcedSize) {
                flip(forcedSize + luck.upTo(kept - forcedSize - 1), luck.upTo(7));
            }
        }
        forcedSize = size;
        return lost;
    }

    void flip(int position, int bit) {
        bytes[position] ^= (byte) (1 << bit);
    }

    SimulatedFile copy() {
        SimulatedFile copy = new SimulatedFile();
        copy.bytes = Arrays.copyOf(bytes, size);
        copy.size = size;
        copy.forcedSize = forcedSize;
        copy.forcedBefore = forcedBefore;
        copy.modifiedMs = modifiedMs;
        return copy;
    }

    /** Small decisions drawn from the seed. */
    interface Luck {
        /** Between 0 and {@code limit}, both included. */
        int upTo(int limit);

        default boolean oneIn(int count) {
            return upTo(count - 1) == 0;
        }
    }
}
