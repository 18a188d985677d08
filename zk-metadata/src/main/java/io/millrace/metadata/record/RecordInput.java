package io.millrace.metadata.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link RecordOutput} wrote, from a range of a byte array. Every count and length is
 * held against the bytes that remain before anything is allocated; a range that ends early is
 * {@link CorruptMetadataException}.
 */
public final class RecordInput {
    private final byte[] bytes;
    private final int end;
    private int position;

    public RecordInput(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.position = from;
        this.end = end;
    }

    public int remaining() {
        return end - position;
    }

    public int position() {
        return position;
    }

    int readByte() {
        need(1);
        return bytes[position++] & 0xff;
    }

    boolean readBoolean() {
        int value = readByte();
        if (value > 1) {
            throw corrupt("a flag is " + value + ", wanted 0 or 1");
        }
        return value == 1;
    }

    int readFixedInt() {
        need(Integer.BYTES);
        int value = ByteBuffer.wrap(bytes).getInt(position);
        position += Integer.BYTES;
        return value;
    }

    long readFixedLong() {
        need(Long.BYTES);
        long value = ByteBuffer.wrap(bytes).getLong(position);
        position += Long.BYTES;
        return value;
    }

    int readInt() {
        long value = readLong();
        if (value > Integer.MAX_VALUE) {
            throw corrupt("number " + value + " is above " + Integer.MAX_VALUE);
        }
        return (int) value;
    }

    int readIntOrNone() {
        long value = readLong() - 1;
        if (value > Integer.MAX_VALUE) {
            throw corrupt("number " + value + " is above " + Integer.MAX_VALUE);
        }
        return (int) value;
    }

    long readLong() {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            int next = readByte();
            value |= (long) (next & 0x7f) << shift;
            if ((next & 0x80) == 0) {
                return value;
            }
        }
        throw corrupt("a number has more than nine bytes");
    }

    UUID readUuid() {
        return new UUID(readFixedLong(), readFixedLong());
    }

    String readString() {
        int length = readInt();
        need(length);
        String text = new String(bytes, position, length, StandardCharsets.UTF_8);
        position += length;
        return text;
    }

    @Nullable String readNullableString() {
        return readBoolean() ? readString() : null;
    }

    List<Integer> readInts() {
        int count = readCount();
        List<Integer> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(readInt());
        }
        return List.copyOf(values);
    }

    List<UUID> readUuids() {
        int count = readCount();
        List<UUID> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ids.add(readUuid());
        }
        return List.copyOf(ids);
    }

    /** A count of things that take at least one byte each. */
    int readCount() {
        int count = readInt();
        need(count);
        return count;
    }

    void skipTo(int newPosition) {
        position = newPosition;
    }

    CorruptMetadataException corrupt(String why) {
        return new CorruptMetadataException(why + " (before byte " + position + " of " + end + ")");
    }

    private void need(int count) {
        if (count > end - position) {
            throw corrupt(count + " bytes wanted, " + (end - position) + " remain");
        }
    }
}
