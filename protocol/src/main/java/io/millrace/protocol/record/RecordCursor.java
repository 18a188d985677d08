package io.millrace.protocol.record;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records of one batch without allocating per record. {@link #next()} moves to a record
 * and finds its parts; key, value and headers become slices only when asked for, and live as long
 * as the bytes they are slices of. Used by one thread; close it to give decompressed bytes back.
 *
 * <pre>record: length varint | attributes int8 | timestampDelta varlong | offsetDelta varint
 *        | keyLength varint, key | valueLength varint, value | headerCount varint, headers
 * header: keyLength varint, key | valueLength varint, value; a length of -1 means null</pre>
 */
public final class RecordCursor implements AutoCloseable {
    private final ByteBuf bytes;
    private final boolean owned;
    private final long baseOffset;
    private final long baseTimestamp;
    private final long logAppendTimestamp;
    private final boolean logAppendTime;
    private final int baseSequence;
    private final int count;
    private final int start;
    private final int end;

    /** Next unread byte. */
    private int at;

    /** End of the record being read: no part of it may reach beyond. */
    private int recordEnd;

    private int read;
    private int recordStart;
    private int timestampEnd;
    private long timestampDelta;
    private int offsetDelta;
    private int keyIndex;
    private int keyLength;
    private int valueIndex;
    private int valueLength;
    private int headersIndex;
    private int headerCount;

    RecordCursor(RecordBatchView batch, ByteBuf bytes, boolean owned) {
        this.bytes = bytes;
        this.owned = owned;
        this.baseOffset = batch.baseOffset();
        this.baseTimestamp = batch.baseTimestamp();
        this.logAppendTimestamp = batch.maxTimestamp();
        this.logAppendTime = batch.timestampType() == TimestampType.LOG_APPEND_TIME;
        this.baseSequence = batch.baseSequence();
        this.count = batch.count();
        this.start = bytes.readerIndex();
        this.at = start;
        this.end = bytes.writerIndex();
    }

    /**
     * Moves to the next record; false after the last.
     *
     * @throws CorruptBatchException if a record is not within its bounds, or bytes remain after the
     *     last
     */
    public boolean next() {
        if (read == count) {
            if (at != end) {
                throw corrupt((end - at) + " bytes follow the last record");
            }
            return false;
        }
        recordEnd = end;
        recordStart = at;
        int length = readVarint();
        if (length < RecordBatchHeader.MIN_RECORD_BYTES - 1 || length > end - at) {
            throw corrupt("length " + length + " with " + (end - at) + " bytes left");
        }
        int start = at;
        recordEnd = start + length;
        at = start + 1;
        timestampDelta = readVarlong();
        timestampEnd = at;
        offsetDelta = readVarint();
        keyLength = readLength("key");
        keyIndex = at;
        at += Math.max(keyLength, 0);
        valueLength = readLength("value");
        valueIndex = at;
        at += Math.max(valueLength, 0);
        headerCount = readVarint();
        if (headerCount < 0 || headerCount > (recordEnd - at) / 2) {
            throw corrupt(headerCount + " headers in " + (recordEnd - at) + " bytes");
        }
        headersIndex = at;
        if (headerCount == 0 && at != recordEnd) {
            throw corrupt((recordEnd - at) + " bytes follow its last part");
        }
        at = recordEnd;
        read++;
        return true;
    }

    /** Goes back before the first record. */
    public void rewind() {
        at = start;
        read = 0;
    }

    public long offset() {
        return baseOffset + offsetDelta;
    }

    public int offsetDelta() {
        return offsetDelta;
    }

    /** Time of the record in milliseconds: the batch's, where the log stamps its appends. */
    public long timestampMs() {
        return logAppendTime ? logAppendTimestamp : baseTimestamp + timestampDelta;
    }

    /** Sequence of this record for its producer, or -1. */
    public int sequence() {
        return baseSequence == RecordBatchHeader.NO_SEQUENCE
                ? RecordBatchHeader.NO_SEQUENCE
                : RecordBatchView.sequenceAfter(baseSequence, offsetDelta);
    }

    /** Index of the first byte of the record in {@link #bytes()}: its length. */
    public int recordIndex() {
        return recordStart;
    }

    /** Index of the first byte after its timestamp: the offset delta. */
    public int indexAfterTimestamp() {
        return timestampEnd;
    }

    /** Index of the first byte that is not the record's any more. */
    public int endIndex() {
        return recordEnd;
    }

    public boolean hasKey() {
        return keyLength >= 0;
    }

    /** Bytes of the key, -1 for none. */
    public int keySize() {
        return keyLength;
    }

    /** Bytes of the value, -1 for none. */
    public int valueSize() {
        return valueLength;
    }

    /** Where the records lie: the batch's buffer, or the decompressed bytes. */
    public ByteBuf bytes() {
        return bytes;
    }

    /** Index of the key in {@link #bytes()}; only if there is one. */
    public int keyIndex() {
        return keyIndex;
    }

    /** Index of the value in {@link #bytes()}; only if there is one. */
    public int valueIndex() {
        return valueIndex;
    }

    public @Nullable ByteBuf key() {
        return keyLength < 0 ? null : bytes.slice(keyIndex, keyLength);
    }

    public @Nullable ByteBuf value() {
        return valueLength < 0 ? null : bytes.slice(valueIndex, valueLength);
    }

    public byte @Nullable [] keyBytes() {
        return copy(keyIndex, keyLength);
    }

    public byte @Nullable [] valueBytes() {
        return copy(valueIndex, valueLength);
    }

    public int headerCount() {
        return headerCount;
    }

    /**
     * Decodes the headers of the present record.
     *
     * @throws CorruptBatchException if they are not within the record
     */
    public List<RecordHeader> headers() {
        if (headerCount == 0) {
            return List.of();
        }
        int resume = at;
        List<RecordHeader> headers = new ArrayList<>(headerCount);
        at = headersIndex;
        for (int i = 0; i < headerCount; i++) {
            int nameLength = readLength("header key");
            if (nameLength < 0) {
                throw corrupt("header " + i + " has no key");
            }
            String name = bytes.toString(at, nameLength, StandardCharsets.UTF_8);
            at += nameLength;
            int length = readLength("header value");
            headers.add(new RecordHeader(name, length < 0 ? null : bytes.slice(at, length)));
            at += Math.max(length, 0);
        }
        if (at != recordEnd) {
            throw corrupt((recordEnd - at) + " bytes follow its headers");
        }
        at = resume;
        return headers;
    }

    /** Gives decompressed bytes back; slices taken from them are void then. */
    @Override
    public void close() {
        if (owned) {
            bytes.release();
        }
    }

    private byte @Nullable [] copy(int index, int length) {
        if (length < 0) {
            return null;
        }
        byte[] copy = new byte[length];
        bytes.getBytes(index, copy);
        return copy;
    }

    private int readLength(String what) {
        int length = readVarint();
        if (length < -1 || length > recordEnd - at) {
            throw corrupt(what + " of " + length + " bytes with " + (recordEnd - at) + " left");
        }
        return length;
    }

    private int readVarint() {
        int value = 0;
        for (int shift = 0; shift < 7 * Varints.MAX_INT_BYTES; shift += 7) {
            int next = readByte();
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value >>> 1 ^ -(value & 1);
            }
        }
        throw corrupt("a varint is longer than " + Varints.MAX_INT_BYTES + " bytes");
    }

    private long readVarlong() {
        long value = 0;
        for (int shift = 0; shift < 7 * Varints.MAX_LONG_BYTES; shift += 7) {
            int next = readByte();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value >>> 1 ^ -(value & 1);
            }
        }
        throw corrupt("a varlong is longer than " + Varints.MAX_LONG_BYTES + " bytes");
    }

    private byte readByte() {
        if (at >= recordEnd) {
            throw corrupt("it ends too early");
        }
        return bytes.getByte(at++);
    }

    private CorruptBatchException corrupt(String what) {
        return new CorruptBatchException(
                "batch at offset "
                        + baseOffset
                        + ", record "
                        + read
                        + " of "
                        + count
                        + ": "
                        + what);
    }
}
