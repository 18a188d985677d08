package io.millrace.protocol.record;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.CompressionType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes one record batch in wire format into a buffer: records go straight to their place, the
 * header is filled in by {@link #build()}, which also compresses. Owned by one thread; the buffer
 * stays the caller's, who writes nothing else to it meanwhile.
 */
public final class RecordBatchBuilder {
    private final ByteBuf out;
    private final int start;
    private final Compression compression;
    private long baseOffset;
    private int leaderEpoch = -1;
    private long producerId = RecordBatchHeader.NO_PRODUCER_ID;
    private short producerEpoch = RecordBatchHeader.NO_PRODUCER_EPOCH;
    private int baseSequence = RecordBatchHeader.NO_SEQUENCE;
    private int flags;
    private int count;
    private int lastOffsetDelta = -1;
    private long baseTimestamp = RecordBatchHeader.NO_TIMESTAMP;
    private long maxTimestamp = RecordBatchHeader.NO_TIMESTAMP;
    private boolean built;

    /** Begins a batch at the writer index of {@code out}. */
    public RecordBatchBuilder(ByteBuf out, Compression compression) {
        this.out = out;
        this.start = out.writerIndex();
        this.compression = compression;
        out.writeZero(RecordBatchHeader.HEADER_BYTES);
    }

    /** Offset of the first record; 0 unless the writer is the log itself. */
    public RecordBatchBuilder baseOffset(long offset) {
        this.baseOffset = offset;
        return this;
    }

    public RecordBatchBuilder leaderEpoch(int epoch) {
        this.leaderEpoch = epoch;
        return this;
    }

    /** May be called until {@link #build()}: sequences are known when the batch is sent. */
    public RecordBatchBuilder producer(long id, short epoch, int firstSequence) {
        this.producerId = id;
        this.producerEpoch = epoch;
        this.baseSequence = firstSequence;
        return this;
    }

    public RecordBatchBuilder transactional() {
        flags |= RecordBatchHeader.TRANSACTIONAL_FLAG;
        return this;
    }

    public RecordBatchBuilder control() {
        flags |= RecordBatchHeader.CONTROL_FLAG;
        return this;
    }

    /** Appends a record behind the others. Indexes of key and value do not move. */
    public void append(
            long timestampMs,
            @Nullable ByteBuf key,
            @Nullable ByteBuf value,
            List<RecordHeader> headers) {
        int keySize = key == null ? -1 : key.readableBytes();
        int valueSize = value == null ? -1 : value.readableBytes();
        int delta = beginRecord(timestampMs, lastOffsetDelta + 1, keySize, valueSize, headers);
        Varints.writeInt(out, keySize);
        if (key != null) {
            out.writeBytes(key, key.readerIndex(), keySize);
        }
        Varints.writeInt(out, valueSize);
        if (value != null) {
            out.writeBytes(value, value.readerIndex(), valueSize);
        }
        endRecord(delta, headers);
    }

    public void append(
            long timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<RecordHeader> headers) {
        appendAt(lastOffsetDelta + 1, timestampMs, key, value, headers);
    }

    public void append(long timestampMs, byte @Nullable [] key, byte @Nullable [] value) {
        append(timestampMs, key, value, List.of());
    }

    /** Appends a record whose offset lies {@code offsetDelta} after the base; gaps are allowed. */
    public void appendAt(
            int offsetDelta,
            long timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<RecordHeader> headers) {
        int keySize = key == null ? -1 : key.length;
        int valueSize = value == null ? -1 : value.length;
        int delta = beginRecord(timestampMs, offsetDelta, keySize, valueSize, headers);
        Varints.writeInt(out, keySize);
        if (key != null) {
            out.writeBytes(key);
        }
        Varints.writeInt(out, valueSize);
        if (value != null) {
            out.writeBytes(value);
        }
        endRecord(delta, headers);
    }

    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** Bytes written so far, header included; compression can only make it less. */
    public int sizeInBytes() {
        return out.writerIndex() - start;
    }

    /** What {@link #sizeInBytes()} would be after appending such a record next. */
    public int sizeWith(long timestampMs, int keySize, int valueSize, List<RecordHeader> headers) {
        long delta = count == 0 ? 0 : timestampMs - baseTimestamp;
        int body = bodySize(delta, lastOffsetDelta + 1, keySize, valueSize, headers);
        return sizeInBytes() + Varints.sizeOfInt(body) + body;
    }

    /** Most bytes that a batch of this one record can take. */
    public static int sizeOfOne(int keySize, int valueSize, List<RecordHeader> headers) {
        int body = bodySize(0, 0, keySize, valueSize, headers);
        return RecordBatchHeader.HEADER_BYTES + Varints.sizeOfInt(body) + body;
    }

    /**
     * Completes the batch: compresses the records, writes the header and its CRC.
     *
     * @return size of the batch; 0 if nothing was appended, and the buffer is as it was before
     */
    public int build() {
        if (built) {
            throw new IllegalStateException("batch was built already");
        }
        built = true;
        if (count == 0) {
            out.writerIndex(start);
            return 0;
        }
        compress();
        writeHeader();
        return sizeInBytes();
    }

    private void compress() {
        if (compression.type() == CompressionType.NONE) {
            return;
        }
        int recordsStart = start + RecordBatchHeader.HEADER_BYTES;
        ByteBuf plain = out.slice(recordsStart, out.writerIndex() - recordsStart);
        ByteBuf packed = out.alloc().buffer(Math.max(64, plain.readableBytes() / 2));
        try {
            compression.type().codec().compress(plain, packed, compression.level());
            out.writerIndex(recordsStart);
            out.writeBytes(packed);
        } finally {
            packed.release();
        }
    }

    private void writeHeader() {
        int size = sizeInBytes();
        out.setLong(start + RecordBatchHeader.BASE_OFFSET, baseOffset);
        out.setInt(start + RecordBatchHeader.LENGTH, size - RecordBatchHeader.LENGTH_OVERHEAD);
        out.setInt(start + RecordBatchHeader.PARTITION_LEADER_EPOCH, leaderEpoch);
        out.setByte(start + RecordBatchHeader.MAGIC, RecordBatchHeader.CURRENT_MAGIC);
        out.setShort(start + RecordBatchHeader.ATTRIBUTES, flags | compression.type().id());
        out.setInt(start + RecordBatchHeader.LAST_OFFSET_DELTA, lastOffsetDelta);
        out.setLong(start + RecordBatchHeader.BASE_TIMESTAMP, baseTimestamp);
        out.setLong(start + RecordBatchHeader.MAX_TIMESTAMP, maxTimestamp);
        out.setLong(start + RecordBatchHeader.PRODUCER_ID, producerId);
        out.setShort(start + RecordBatchHeader.PRODUCER_EPOCH, producerEpoch);
        out.setInt(start + RecordBatchHeader.BASE_SEQUENCE, baseSequence);
        out.setInt(start + RecordBatchHeader.COUNT, count);
        int crcStart = start + RecordBatchHeader.ATTRIBUTES;
        out.setInt(
                start + RecordBatchHeader.CRC,
                Crc32c.of(out, crcStart, out.writerIndex() - crcStart));
    }

    private int beginRecord(
            long timestampMs,
            int offsetDelta,
            int keySize,
            int valueSize,
            List<RecordHeader> headers) {
        if (offsetDelta <= lastOffsetDelta) {
            throw new IllegalArgumentException(
                    "offset delta " + offsetDelta + " does not follow " + lastOffsetDelta);
        }
        if (count == 0) {
            baseTimestamp = timestampMs;
            maxTimestamp = timestampMs;
        }
        maxTimestamp = Math.max(maxTimestamp, timestampMs);
        long timestampDelta = timestampMs - baseTimestamp;
        Varints.writeInt(out, bodySize(timestampDelta, offsetDelta, keySize, valueSize, headers));
        out.writeByte(0);
        Varints.writeLong(out, timestampDelta);
        Varints.writeInt(out, offsetDelta);
        return offsetDelta;
    }

    private void endRecord(int offsetDelta, List<RecordHeader> headers) {
        Varints.writeInt(out, headers.size());
        for (int i = 0; i < headers.size(); i++) {
            RecordHeader header = headers.get(i);
            Varints.writeInt(out, ByteBufUtil.utf8Bytes(header.key()));
            ByteBufUtil.writeUtf8(out, header.key());
            ByteBuf value = header.value();
            Varints.writeInt(out, value == null ? -1 : value.readableBytes());
            if (value != null) {
                out.writeBytes(value, value.readerIndex(), value.readableBytes());
            }
        }
        lastOffsetDelta = offsetDelta;
        count++;
    }

    private static int bodySize(
            long timestampDelta,
            int offsetDelta,
            int keySize,
            int valueSize,
            List<RecordHeader> headers) {
        int size =
                1
                        + Varints.sizeOfLong(timestampDelta)
                        + Varints.sizeOfInt(offsetDelta)
                        + sizeOfField(keySize)
                        + sizeOfField(valueSize)
                        + Varints.sizeOfInt(headers.size());
        for (int i = 0; i < headers.size(); i++) {
            RecordHeader header = headers.get(i);
            ByteBuf value = header.value();
            size += sizeOfField(ByteBufUtil.utf8Bytes(header.key()));
            size += sizeOfField(value == null ? -1 : value.readableBytes());
        }
        return size;
    }

    private static int sizeOfField(int length) {
        return Varints.sizeOfInt(length) + Math.max(length, 0);
    }
}
