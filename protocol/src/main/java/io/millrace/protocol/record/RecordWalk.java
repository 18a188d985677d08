package io.millrace.protocol.record;

import java.nio.ByteBuffer;

/**
 * Checks that the records of one uncompressed batch are laid out as the format says, so that no
 * reader fails on them: lengths within their bounds, offset deltas 0, 1, 2 and so on, headers that
 * fill their record, no byte left over. Contents are not looked at. Runs on every produced batch,
 * so it allocates nothing per record. For its layout see {@link RecordCursor}.
 */
final class RecordWalk {
    private final ByteBuffer bytes;
    private final int count;
    private int at;

    /** No part of the present record may reach beyond. */
    private int recordEnd;

    private int record;

    private RecordWalk(ByteBuffer bytes, int count) {
        this.bytes = bytes;
        this.count = count;
        this.at = bytes.position();
    }

    /**
     * @throws CorruptBatchException at the first record that is not within its bounds or not at its
     *     place
     */
    static void check(RecordBatchView batch) {
        int index = batch.start() + RecordBatchHeader.HEADER_BYTES;
        int length = batch.sizeInBytes() - RecordBatchHeader.HEADER_BYTES;
        new RecordWalk(batch.buffer().nioBuffer(index, length), batch.count()).walk();
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
            skipVarlong();
            int offsetDelta = readVarint();
            if (offsetDelta != record) {
                throw corrupt("offset delta " + offsetDelta);
            }
            skip("key", -1);
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

    private void skip(String what, int least) {
        int length = readVarint();
        if (length < least || length > recordEnd - at) {
            throw corrupt(what + " of " + length + " bytes with " + (recordEnd - at) + " left");
        }
        at += Math.max(length, 0);
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

    private void skipVarlong() {
        int length = 1;
        while (readByte() < 0) {
            if (length++ == Varints.MAX_LONG_BYTES) {
                throw corrupt("a varlong is longer than " + Varints.MAX_LONG_BYTES + " bytes");
            }
        }
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
