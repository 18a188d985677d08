package io.millrace.connectors.postgres.cdc.wire;

import java.nio.charset.StandardCharsets;

/**
 * A read position in the bytes of one replication message (big-endian, strings end with a zero
 * byte). Owned by the capture thread; reading past the end throws {@link WireFormatException}.
 */
final class WireCursor {
    private final byte[] bytes;
    private int position;

    WireCursor(byte[] bytes, int position) {
        this.bytes = bytes;
        this.position = position;
    }

    byte[] bytes() {
        return bytes;
    }

    int position() {
        return position;
    }

    byte int8() {
        need(1);
        return bytes[position++];
    }

    short int16() {
        need(2);
        int value = (bytes[position] & 0xff) << 8 | (bytes[position + 1] & 0xff);
        position += 2;
        return (short) value;
    }

    int int32() {
        need(4);
        int value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 8 | (bytes[position + i] & 0xff);
        }
        position += 4;
        return value;
    }

    long int64() {
        return ((long) int32()) << 32 | (int32() & 0xffffffffL);
    }

    String string() {
        int end = position;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        if (end == bytes.length) {
            throw new WireFormatException(
                    "a string at byte " + position + " has no end in " + bytes.length + " bytes");
        }
        String value = new String(bytes, position, end - position, StandardCharsets.UTF_8);
        position = end + 1;
        return value;
    }

    void skip(int count) {
        need(count);
        position += count;
    }

    private void need(int count) {
        if (count < 0 || bytes.length - position < count) {
            throw new WireFormatException(
                    "needs " + count + " bytes at " + position + " of " + bytes.length);
        }
    }
}
