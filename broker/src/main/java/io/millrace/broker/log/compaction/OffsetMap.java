package io.millrace.broker.log.compaction;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Last offset of every key, by the key's hash. Open addressing in one stretch of direct memory, 24
 * bytes a slot: [long hash low][long hash high][long offset + 1], an empty slot being all zero.
 * Knows keys only by their {@link KeyHash}. Used by one thread; close it to give the memory back.
 */
final class OffsetMap implements AutoCloseable {
    static final int SLOT_BYTES = 24;
    private static final int HIGH = 8;
    private static final int OFFSET = 16;
    private static final long ABSENT = -1;

    private final ByteBuf slots;
    private final int slotCount;
    private final int maxKeys;
    private final KeyHash hash;
    private int size;
    private long latestOffset = ABSENT;

    /**
     * @param maxBytes memory to take at most
     * @param loadFactor share of the slots that may be used
     * @param expectedKeys how many are needed at most; no more memory than for these is taken
     */
    OffsetMap(long maxBytes, double loadFactor, long expectedKeys, KeyHash hash) {
        long wanted = (long) Math.ceil(Math.max(1, expectedKeys) / loadFactor) + 1;
        long most = Math.max(2, Math.min(maxBytes, Integer.MAX_VALUE - 64) / SLOT_BYTES);
        this.slotCount = (int) Math.min(wanted, most);
        this.maxKeys = Math.max(1, Math.min((int) (slotCount * loadFactor), slotCount - 1));
        this.hash = hash;
        this.slots = Unpooled.directBuffer(slotCount * SLOT_BYTES, slotCount * SLOT_BYTES);
        slots.setZero(0, slotCount * SLOT_BYTES);
    }

    /** Remembers the key's offset, which is higher than all before; false if there is no room. */
    boolean put(ByteBuf bytes, int keyIndex, int keySize, long offset) {
        hash.of(bytes, keyIndex, keySize);
        int at = slotOf(hash.low(), hash.high());
        if (slots.getLong(at + OFFSET) == 0) {
            if (size == maxKeys) {
                return false;
            }
            size++;
            slots.setLong(at, hash.low());
            slots.setLong(at + HIGH, hash.high());
        }
        slots.setLong(at + OFFSET, offset + 1);
        latestOffset = offset;
        return true;
    }

    /** The key's last offset, or -1 if it is not known. */
    long get(ByteBuf bytes, int keyIndex, int keySize) {
        hash.of(bytes, keyIndex, keySize);
        return slots.getLong(slotOf(hash.low(), hash.high()) + OFFSET) - 1;
    }

    private int slotOf(long low, long high) {
        int slot = (int) Long.remainderUnsigned(low, slotCount);
        while (true) {
            int at = slot * SLOT_BYTES;
            boolean empty = slots.getLong(at + OFFSET) == 0;
            if (empty || (slots.getLong(at) == low && slots.getLong(at + HIGH) == high)) {
                return at;
            }
            slot = slot + 1 == slotCount ? 0 : slot + 1;
        }
    }

    int size() {
        return size;
    }

    /** Everything up to here is in the map; -1 if nothing is. */
    long latestOffset() {
        return latestOffset;
    }

    /** All records up to here have been looked at, also those without a place in the map. */
    void passed(long offset) {
        latestOffset = Math.max(latestOffset, offset);
    }

    @Override
    public void close() {
        slots.release();
    }
}
