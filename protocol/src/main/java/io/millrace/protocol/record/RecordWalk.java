package io.millrace.protocol.record;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/**
 * Checks that the records of one batch are laid out as the format says, so that no reader fails on
 * them: lengths within their bounds, offset deltas 0, 1, 2 and so on, headers that fill their
 * record, no byte left over. Finds their range of time and whether all have keys; other contents
 * are not looked at. Runs on every produced batch, so it allocates nothing per record. For its
 * layout see {@link RecordCursor}.
 */
final class RecordWalk {
    private final ByteBuffer bytes;
    private final int count;
    private int at;

    /** No part of the present record may reach beyond. */
    private int recordEnd;

    private int record;
    private long minTimestampDelta = Long.MAX_VALUE;
    private long maxTimestampDelta = Long.MIN_VALUE;
    private boolean keyMissing;

    private RecordWalk(ByteBuffer bytes, int count) {
        this.bytes = bytes;
        this.count = count;
        this.at = bytes.position();
    }

    /**
     * @param plain the records of the batch, uncompressed; its reader index stays
     * @throws CorruptBatchException at the first record that is not within its bounds or not at its
     *     place
     */
    static RecordWalk over(ByteBuf plain, int count) {
        RecordWalk walk =
                new RecordWalk(plain.nioBuffer(plain.readerIndex(), plain.readableBytes()), count);
        walk.walk();
        return walk;
    }

    /** Earliest time of a record, after the base timestamp of its batch. */
    long minTimestampDelta() {
        return minTimestampDelta;
    }

    /** Latest time of a record, after the base timestamp of its batch. */
    long maxTimestampDelta() {
        return maxTimestampDelta;
    }

    boolean isKeyMissing() {
        return keyMissing;
    }

    private void walk() {
        int end = bytes.limit();
        while (record < count) {
            recordEnd = end;
            int length = readVarint();
            if (length < RecordBatchHeader.MIN_RECORD_BYTES - 1 || length > end - at) {
                throw corrupt("length " + length + " with " + (end - at) + " bytes left");
            }
            recordEnd = at + length;
            at++; // attributes, of which no bit has a meaning
            long timestampDelta = readVarlong();
            minTimestampDelta = Math.min(minTimestampDelta, timestampDelta);
            maxTimestampDelta = Math.max(maxTimestampDelta, timestampDelta);
            int offsetDelta = readVarint();
            if (offsetDelta != record) {
                throw corrupt("offset delta " + offsetDelta);
            }
            keyMissing |= skip("key", -1) < 0;
            skip("value", -1);
            walkHeaders();
            if (at != recordEnd) {
                throw corrupt((recordEnd - at) + " bytes follow its last part");
            }
            record++;
        }
        if (at != end) {
            throw corrupt((end - at) + " bytes follow the last record");
        }
    }

    private void walkHeaders() {
        int headers = readVarint();
        if (headers < 0 || headers > (recordEnd - at) / 2) {
            throw corrupt(headers + " headers in " + (recordEnd - at) + " bytes");
        }
        for (int i = 0; i < headers; i++) {
            skip("header key", 0);
            skip("header value", -1);
        }
    }

    private int skip(String what, int least) {
        int length = readVarint();
        if (length < least || length > recordEnd - at) {
            throw corrupt(what + " of " + length + " bytes with " + (recordEnd - at) + " left");
        }
        at += Math.max(length, 0);
        return length;
    }

    private int readVarint() {
        int next = readByte();
        int value = next & 0x7f;
        for (int shift = 7; next < 0; shift += 7) {
            if (shift == 7 * Varints.MAX_INT_BYTES) {
                throw corrupt("a varint is longer than " + Varints.MAX_INT_BYTES + " bytes");
            }
            next = readByte();
            value |= (next & 0x7f) << shift;
        }
        return value >>> 1 ^ -(value & 1);
    }

    private long readVarlong() {
        int next = readByte();
        long value = next & 0x7f;
        for (int shift = 7; next < 0; shift += 7) {
            if (shift == 7 * Varints.MAX_LONG_BYTES) {
                throw corrupt("a varlong is longer than " + Varints.MAX_LONG_BYTES + " bytes");
            }
            next = readByte();
            value |= (long) (next & 0x7f) << shift;
        }
        return value >>> 1 ^ -(value & 1);
    }

    private byte readByte() {
        if (at >= recordEnd) {
            throw corrupt("it ends too early");
        }
        return bytes.get(at++);
    }

    private CorruptBatchException corrupt(String what) {
        return new CorruptBatchException("record " + record + " of " + count + ": " + what);
    }
}
