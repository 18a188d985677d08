package io.millrace.broker.group;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Two bytes for the length of the key, then key and value of a record of {@code __consumer_offsets}
 * as another program may have left it there. It is understood, unknown, or refused as it should be.
 */
public final class GroupRecordsFuzz {
    private GroupRecordsFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) {
            return;
        }
        ByteBuffer in = ByteBuffer.wrap(input);
        int keyBytes = Math.min(in.getShort() & 0xffff, in.remaining());
        ByteBuffer key = in.slice(in.position(), keyBytes);
        int valueAt = in.position() + keyBytes;
        ByteBuffer value =
                valueAt == input.length ? null : in.slice(valueAt, input.length - valueAt);
        try {
            GroupRecords.parse(key, value);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            // The record is refused, and its shard leaves it out.
            return;
        }
    }

    public static List<byte[]> seeds() {
        return List.of(
                new byte[] {0, 10, 0, 1, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 0, 1, 2, 3},
                new byte[] {0, 12, 0, 1, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 0},
                offset(),
                new byte[] {0, 5, 0, 2, 0, 1, 'g'},
                group());
    }

    private static byte[] offset() {
        return ByteBuffer.allocate(60)
                .putShort((short) 12)
                .put(new byte[] {0, 1, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 0})
                .putShort((short) 3)
                .putLong(42)
                .putInt(-1)
                .putShort((short) 1)
                .put((byte) 'm')
                .putLong(7)
                .array();
    }

    private static byte[] group() {
        return ByteBuffer.allocate(90)
                .putShort((short) 5)
                .put(new byte[] {0, 2, 0, 1, 'g'})
                .putShort((short) 3)
                .put(new byte[] {0, 1, 'c'})
                .putInt(5)
                .put(new byte[] {0, 1, 'r', 0, 1, 'm'})
                .putLong(9)
                .putInt(1)
                .put(new byte[] {0, 1, 'm', -1, -1, 0, 1, 'c', 0, 1, 'h'})
                .putInt(10)
                .putInt(20)
                .putInt(2)
                .put(new byte[] {1, 2})
                .putInt(1)
                .put(new byte[] {3})
                .array();
    }
}
