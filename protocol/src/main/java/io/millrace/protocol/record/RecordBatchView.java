package io.millrace.protocol.record;

import static io.millrace.protocol.record.RecordBatchHeader.ATTRIBUTES;
import static io.millrace.protocol.record.RecordBatchHeader.BASE_OFFSET;
import static io.millrace.protocol.record.RecordBatchHeader.BASE_SEQUENCE;
import static io.millrace.protocol.record.RecordBatchHeader.BASE_TIMESTAMP;
import static io.millrace.protocol.record.RecordBatchHeader.CODEC_MASK;
import static io.millrace.protocol.record.RecordBatchHeader.CONTROL_FLAG;
import static io.millrace.protocol.record.RecordBatchHeader.COUNT;
import static io.millrace.protocol.record.RecordBatchHeader.CRC;
import static io.millrace.protocol.record.RecordBatchHeader.HEADER_BYTES;
import static io.millrace.protocol.record.RecordBatchHeader.LAST_OFFSET_DELTA;
import static io.millrace.protocol.record.RecordBatchHeader.LENGTH;
import static io.millrace.protocol.record.RecordBatchHeader.LENGTH_OVERHEAD;
import static io.millrace.protocol.record.RecordBatchHeader.LOG_APPEND_TIME_FLAG;
import static io.millrace.protocol.record.RecordBatchHeader.MAGIC;
import static io.millrace.protocol.record.RecordBatchHeader.MAX_TIMESTAMP;
import static io.millrace.protocol.record.RecordBatchHeader.NO_PRODUCER_ID;
import static io.millrace.protocol.record.RecordBatchHeader.NO_SEQUENCE;
import static io.millrace.protocol.record.RecordBatchHeader.PARTITION_LEADER_EPOCH;
import static io.millrace.protocol.record.RecordBatchHeader.PRODUCER_EPOCH;
import static io.millrace.protocol.record.RecordBatchHeader.PRODUCER_ID;
import static io.millrace.protocol.record.RecordBatchHeader.TRANSACTIONAL_FLAG;

import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.compress.DecompressionException;
import io.millrace.protocol.compress.DecompressionLimit;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * One record batch where it lies in a buffer: header fields by absolute index, records on demand.
 * Copies nothing and does not retain the buffer; whoever keeps a view keeps the buffer alive. The
 * patching methods change the bytes in place.
 */
public final class RecordBatchView {
    private final ByteBuf buffer;
    private final int start;
    private final int size;

    private RecordBatchView(ByteBuf buffer, int start, int size) {
        this.buffer = buffer;
        this.start = start;
        this.size = size;
    }

    /**
     * The batch that begins at {@code index}. Only its length is looked at; see {@link
     * #isCrcValid()}.
     *
     * @throws CorruptBatchException if there is no whole batch before the writer index
     */
    public static RecordBatchView at(ByteBuf buffer, int index) {
        int left = buffer.writerIndex() - index;
        long size = sizeAt(buffer, index);
        if (size < HEADER_BYTES || size > left) {
            throw new CorruptBatchException(
                    "batch at byte "
                            + index
                            + " has a size of "
                            + size
                            + " bytes, at least "
                            + HEADER_BYTES
                            + " and at most "
                            + left
                            + " are possible");
        }
        return new RecordBatchView(buffer, index, (int) size);
    }

    /** Size the batch at {@code index} claims, or -1 if not even its length field is there. */
    static long sizeAt(ByteBuf buffer, int index) {
        if (buffer.writerIndex() - index < LENGTH_OVERHEAD) {
            return -1;
        }
        return (long) buffer.getInt(index + LENGTH) + LENGTH_OVERHEAD;
    }

    /** Index of the batch's first byte in {@link #buffer()}. */
    public int start() {
        return start;
    }

    public ByteBuf buffer() {
        return buffer;
    }

    /** All bytes of the batch, header included. */
    public int sizeInBytes() {
        return size;
    }

    /** The bytes of this batch, sharing memory and reference count. */
    public ByteBuf slice() {
        return buffer.slice(start, size);
    }

    public long baseOffset() {
        return buffer.getLong(start + BASE_OFFSET);
    }

    public long lastOffset() {
        return baseOffset() + lastOffsetDelta();
    }

    public long nextOffset() {
        return lastOffset() + 1;
    }

    public int partitionLeaderEpoch() {
        return buffer.getInt(start + PARTITION_LEADER_EPOCH);
    }

    public byte magic() {
        return buffer.getByte(start + MAGIC);
    }

    public int crc() {
        return buffer.getInt(start + CRC);
    }

    public int attributes() {
        return buffer.getShort(start + ATTRIBUTES);
    }

    public int lastOffsetDelta() {
        return buffer.getInt(start + LAST_OFFSET_DELTA);
    }

    public long baseTimestamp() {
        return buffer.getLong(start + BASE_TIMESTAMP);
    }

    public long maxTimestamp() {
        return buffer.getLong(start + MAX_TIMESTAMP);
    }

    public long producerId() {
        return buffer.getLong(start + PRODUCER_ID);
    }

    public short producerEpoch() {
        return buffer.getShort(start + PRODUCER_EPOCH);
    }

    public int baseSequence() {
        return buffer.getInt(start + BASE_SEQUENCE);
    }

    /** Sequence of the last record; sequences wrap from 2^31-1 to 0. */
    public int lastSequence() {
        return baseSequence() == NO_SEQUENCE
                ? NO_SEQUENCE
                : sequenceAfter(baseSequence(), lastOffsetDelta());
    }

    public int count() {
        return buffer.getInt(start + COUNT);
    }

    /** Codec bits of the attributes; may be one that no format defines. */
    public int codecId() {
        return attributes() & CODEC_MASK;
    }

    /**
     * @throws CorruptBatchException if no format defines the codec
     */
    public CompressionType compressionType() {
        return CompressionType.byId(codecId())
                .orElseThrow(
                        () ->
                                new CorruptBatchException(
                                        "batch at offset "
                                                + baseOffset()
                                                + " uses the unknown codec "
                                                + codecId()));
    }

    public boolean isCompressed() {
        return codecId() != 0;
    }

    public TimestampType timestampType() {
        return (attributes() & LOG_APPEND_TIME_FLAG) != 0
                ? TimestampType.LOG_APPEND_TIME
                : TimestampType.CREATE_TIME;
    }

    public boolean isTransactional() {
        return (attributes() & TRANSACTIONAL_FLAG) != 0;
    }

    public boolean isControl() {
        return (attributes() & CONTROL_FLAG) != 0;
    }

    public boolean hasProducerId() {
        return producerId() > NO_PRODUCER_ID;
    }

    public int computeCrc() {
        return Crc32c.of(buffer, start + ATTRIBUTES, size - ATTRIBUTES);
    }

    public boolean isCrcValid() {
        return crc() == computeCrc();
    }

    /** Gives the batch its place in the log. The CRC does not cover these fields. */
    public void assign(long baseOffset, int leaderEpoch) {
        buffer.setLong(start + BASE_OFFSET, baseOffset);
        buffer.setInt(start + PARTITION_LEADER_EPOCH, leaderEpoch);
    }

    /** Makes all records bear the time of appending; computes the CRC again. */
    public void stampLogAppendTime(long timestampMs) {
        buffer.setShort(start + ATTRIBUTES, attributes() | LOG_APPEND_TIME_FLAG);
        buffer.setLong(start + MAX_TIMESTAMP, timestampMs);
        buffer.setInt(start + CRC, computeCrc());
    }

    /**
     * Makes the records keep their own times and the header name the latest of them; computes the
     * CRC again if that changes anything.
     */
    public void keepCreateTime(long latestMs) {
        if (maxTimestamp() == latestMs && timestampType() == TimestampType.CREATE_TIME) {
            return;
        }
        buffer.setShort(start + ATTRIBUTES, attributes() & ~RecordBatchHeader.LOG_APPEND_TIME_FLAG);
        buffer.setLong(start + MAX_TIMESTAMP, latestMs);
        buffer.setInt(start + CRC, computeCrc());
    }

    /**
     * Walks the records. Keys and values are slices: of this batch's buffer, or of a decompressed
     * one that the cursor owns until it is closed.
     *
     * @throws CorruptBatchException if the bytes cannot be decompressed; its cause is a {@link
     *     io.millrace.protocol.compress.DecompressionLimitException} when they grow too large
     */
    public RecordCursor records(ByteBufAllocator allocator, DecompressionLimit limit) {
        return isCompressed()
                ? new RecordCursor(this, decompressed(allocator, limit), true)
                : new RecordCursor(this, section(), false);
    }

    /** The records as they lie in the batch, compressed or not; shares memory. */
    ByteBuf section() {
        return buffer.slice(start + HEADER_BYTES, size - HEADER_BYTES);
    }

    /**
     * The records of a compressed batch, which the caller releases.
     *
     * @throws CorruptBatchException as {@link #records}
     */
    ByteBuf decompressed(ByteBufAllocator allocator, DecompressionLimit limit) {
        ByteBuf section = section();
        int compressed = section.readableBytes();
        int most = limit.maxOutputBytesFor(compressed);
        ByteBuf plain =
                allocator.buffer(
                        (int) Math.min(most, Math.max(256, (long) compressed * 4)), limitOf(most));
        try {
            compressionType().codec().decompress(section, plain, most);
            return plain;
        } catch (DecompressionException e) {
            plain.release();
            throw new CorruptBatchException(
                    "batch at offset " + baseOffset() + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            plain.release();
            throw e;
        }
    }

    /** Codecs write in chunks and check after each, so the buffer may exceed the limit a little. */
    private static int limitOf(int mostBytes) {
        return (int) Math.min((long) mostBytes + 8 * 1024 * 1024, Integer.MAX_VALUE);
    }

    /** The sequence {@code count} places after {@code sequence}. */
    public static int sequenceAfter(int sequence, int count) {
        int sum = sequence + count;
        return sum >= 0 ? sum : sum & Integer.MAX_VALUE;
    }

    @Override
    public String toString() {
        return "batch(offsets "
                + baseOffset()
                + ".."
                + lastOffset()
                + ", "
                + count()
                + " records, "
                + size
                + " bytes, epoch "
                + partitionLeaderEpoch()
                + ", producer "
                + producerId()
                + "/"
                + producerEpoch()
                + "@"
                + baseSequence()
                + ")";
    }
}
