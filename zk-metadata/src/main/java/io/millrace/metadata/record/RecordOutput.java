package io.millrace.metadata.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Growing byte array with the few shapes that metadata records are made of. Integers are unsigned
 * base-128 (seven bits a byte, lowest first); values that may be -1 are written plus one. Owned by
 * one thread. {@link RecordInput} reads what this writes.
 */
public final class RecordOutput {
    private static final int FIRST_BYTES = 256;

    private byte[] bytes = new byte[FIRST_BYTES];
    private int size;

    public int size() {
        return size;
    }

    /** Forgets everything from {@code newSize} on. */
    public void truncate(int newSize) {
        if (newSize < 0 || newSize > size) {
            throw new IllegalArgumentException("cannot cut " + size + " bytes to " + newSize);
        }
        size = newSize;
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    void writeByte(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
    }

    void writeBoolean(boolean value) {
        writeByte(value ? 1 : 0);
    }

    void writeFixedInt(int value) {
        reserve(Integer.BYTES);
        ByteBuffer.wrap(bytes).putInt(size, value);
        size += Integer.BYTES;
    }

    void writeFixedLong(long value) {
        reserve(Long.BYTES);
        ByteBuffer.wrap(bytes).putLong(size, value);
        size += Long.BYTES;
    }

    void setFixedInt(int position, int value) {
        ByteBuffer.wrap(bytes).putInt(position, value);
    }

    /** A number that is 0 or more. */
    void writeInt(int value) {
        if (value < 0) {
            throw new IllegalArgumentException("cannot write a negative number: " + value);
        }
        writeLong(value);
    }

    /** A number that is -1 or more. */
    void writeIntOrNone(int value) {
        writeLong(value + 1L);
    }

    void writeLong(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("cannot write a negative number: " + value);
        }
        reserve(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[size++] = (byte) (rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    void writeUuid(UUID id) {
        writeFixedLong(id.getMostSignificantBits());
        writeFixedLong(id.getLeastSignificantBits());
    }

    void writeString(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        writeInt(utf8.length);
        writeRaw(utf8, 0, utf8.length);
    }

    void writeNullableString(@Nullable String text) {
        writeBoolean(text != null);
        if (text != null) {
            writeString(text);
        }
    }

    void writeInts(List<Integer> values) {
        writeInt(values.size());
        for (int value : values) {
            writeInt(value);
        }
    }

    void writeUuids(List<UUID> ids) {
        writeInt(ids.size());
        ids.forEach(this::writeUuid);
    }

    void writeRaw(byte[] source, int from, int count) {
        reserve(count);
        System.arraycopy(source, from, bytes, size, count);
        size += count;
    }

    byte[] array() {
        return bytes;
    }

    private void reserve(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }
}
