package io.millrace.streams.dsl;

import io.millrace.streams.processor.StateStore;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.state.StorePlan;
import io.millrace.streams.state.StoreShape;
import io.millrace.streams.storage.KeyRows;
import io.millrace.streams.storage.RowCursor;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Records of a left or outer join that have found no partner yet, in the order in which their
 * windows close. Row key: 8 bytes timestamp, 1 byte side (1 left, 0 right), key bytes. Row value:
 * the values of all records with that time, side and key, each behind 4 bytes length.
 */
final class UnmatchedStore implements StateStore {
    private static final int PREFIX_BYTES = Long.BYTES + 1;

    private final String name;
    private final KeyRows rows;

    private UnmatchedStore(String name, KeyRows rows) {
        this.name = name;
        this.rows = rows;
    }

    static StoreBuilder<UnmatchedStore> plan(String name) {
        return new StorePlan<>(
                name,
                true,
                new StoreShape.ByKey(true),
                false,
                opening -> new UnmatchedStore(name, (KeyRows) opening.rows()));
    }

    void add(long timestamp, boolean left, byte[] key, byte[] value) {
        byte[] row = rowKey(timestamp, left, key);
        byte[] present = rows.get(row);
        int length = present == null ? 0 : present.length;
        ByteBuffer longer = ByteBuffer.allocate(length + Integer.BYTES + value.length);
        if (present != null) {
            longer.put(present);
        }
        rows.put(row, longer.putInt(value.length).put(value).array());
    }

    /** Forgets all records with that time, side and key: they have found a partner. */
    void remove(long timestamp, boolean left, byte[] key) {
        byte[] row = rowKey(timestamp, left, key);
        if (rows.get(row) != null) {
            rows.put(row, null);
        }
    }

    /** Timestamp of the earliest record, or {@code Long.MAX_VALUE}. */
    long earliest() {
        byte[] first = rows.firstKey();
        return first == null ? Long.MAX_VALUE : ByteBuffer.wrap(first).getLong();
    }

    /**
     * Removes and hands over, in order, the records that can find no partner any more.
     *
     * @param leftBefore left records with a timestamp below
     * @param rightBefore right records with a timestamp below
     */
    void takeClosed(long leftBefore, long rightBefore, Taker taker) {
        long bound = Math.max(leftBefore, rightBefore);
        if (bound <= 0) {
            return;
        }
        byte[] to = ByteBuffer.allocate(Long.BYTES).putLong(bound).array();
        try (RowCursor cursor = rows.range(null, to, true)) {
            while (cursor.next()) {
                byte[] row = cursor.key();
                ByteBuffer in = ByteBuffer.wrap(row);
                long timestamp = in.getLong();
                boolean left = in.get() == 1;
                if (timestamp >= (left ? leftBefore : rightBefore)) {
                    continue;
                }
                byte[] key = new byte[row.length - PREFIX_BYTES];
                in.get(key);
                rows.put(row, null);
                ByteBuffer values = ByteBuffer.wrap(cursor.value());
                while (values.hasRemaining()) {
                    byte[] value = new byte[values.getInt()];
                    values.get(value);
                    taker.take(timestamp, left, key, value);
                }
            }
        }
    }

    private static byte[] rowKey(long timestamp, boolean left, byte[] key) {
        return ByteBuffer.allocate(PREFIX_BYTES + key.length)
                .putLong(timestamp)
                .put((byte) (left ? 1 : 0))
                .put(key)
                .array();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean persistent() {
        return true;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    /** Takes what {@link #takeClosed} removes. */
    @FunctionalInterface
    interface Taker {
        void take(long timestamp, boolean left, byte[] key, byte @Nullable [] value);
    }
}
