package io.millrace.protocol.record;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.CompressionType;
import io.netty.buffer.ByteBuf;
import java.util.BitSet;
import java.util.OptionalLong;

/**
 * Writes a batch once more with fewer records, another codec or a delete horizon. Offsets, producer
 * and sequences stay what they were: the base offset and the offset behind the last record do not
 * depend on which records remain. Stateless.
 */
public final class BatchRewriter {
    private BatchRewriter() {}

    /**
     * Appends the batch with the chosen records to {@code out}.
     *
     * @param cursor at any of the batch's records; it walks them all
     * @param kept which records, by index; at least one
     * @param horizonMs time after which records without value may go, where the batch has none yet
     *     (KIP-534): it takes the place of the base timestamp
     * @return bytes written
     */
    public static int rewrite(
            RecordBatchView source,
            RecordCursor cursor,
            BitSet kept,
            Compression compression,
            OptionalLong horizonMs,
            ByteBuf out) {
        int start = out.writerIndex();
        out.writeBytes(source.buffer(), source.start(), RecordBatchHeader.HEADER_BYTES);
        long maxTimestamp;
        if (compression.type() == CompressionType.NONE) {
            maxTimestamp = copy(cursor, kept, horizonMs, out);
        } else {
            ByteBuf plain = out.alloc().directBuffer(cursor.bytes().readableBytes());
            try {
                maxTimestamp = copy(cursor, kept, horizonMs, plain);
                compression.type().codec().compress(plain, out, compression.level());
            } finally {
                plain.release();
            }
        }
        int attributes = source.attributes() & ~RecordBatchHeader.CODEC_MASK;
        attributes |= compression.type().id();
        if (horizonMs.isPresent()) {
            attributes |= RecordBatchHeader.DELETE_HORIZON_FLAG;
            out.setLong(start + RecordBatchHeader.BASE_TIMESTAMP, horizonMs.getAsLong());
        }
        if (source.timestampType() == TimestampType.CREATE_TIME) {
            out.setLong(start + RecordBatchHeader.MAX_TIMESTAMP, maxTimestamp);
        }
        return complete(out, start, attributes, kept.cardinality());
    }

    /**
     * Appends a batch without records that keeps what its header says of offsets, producer and
     * epoch.
     *
     * @return bytes written
     */
    public static int empty(RecordBatchView source, ByteBuf out) {
        int start = out.writerIndex();
        out.writeBytes(source.buffer(), source.start(), RecordBatchHeader.HEADER_BYTES);
        out.setLong(start + RecordBatchHeader.BASE_TIMESTAMP, RecordBatchHeader.NO_TIMESTAMP);
        int attributes =
                source.attributes()
                        & ~(RecordBatchHeader.CODEC_MASK | RecordBatchHeader.DELETE_HORIZON_FLAG);
        return complete(out, start, attributes, 0);
    }

    /** Copies the records; returns their highest timestamp. */
    private static long copy(
            RecordCursor cursor, BitSet kept, OptionalLong horizonMs, ByteBuf out) {
        long latest = RecordBatchHeader.NO_TIMESTAMP;
        cursor.rewind();
        for (int index = 0; cursor.next(); index++) {
            if (!kept.get(index)) {
                continue;
            }
            latest = Math.max(latest, cursor.timestampMs());
            if (horizonMs.isPresent()) {
                copyRelativeTo(horizonMs.getAsLong(), cursor, out);
            } else {
                int from = cursor.recordIndex();
                out.writeBytes(cursor.bytes(), from, cursor.endIndex() - from);
            }
        }
        return latest;
    }

    private static void copyRelativeTo(long baseTimestamp, RecordCursor cursor, ByteBuf out) {
        long delta = cursor.timestampMs() - baseTimestamp;
        int rest = cursor.endIndex() - cursor.indexAfterTimestamp();
        Varints.writeInt(out, 1 + Varints.sizeOfLong(delta) + rest);
        out.writeByte(0); // attributes, of which no bit has a meaning
        Varints.writeLong(out, delta);
        out.writeBytes(cursor.bytes(), cursor.indexAfterTimestamp(), rest);
    }

    private static int complete(ByteBuf out, int start, int attributes, int count) {
        int size = out.writerIndex() - start;
        out.setInt(start + RecordBatchHeader.LENGTH, size - RecordBatchHeader.LENGTH_OVERHEAD);
        out.setShort(start + RecordBatchHeader.ATTRIBUTES, attributes);
        out.setInt(start + RecordBatchHeader.COUNT, count);
        int covered = start + RecordBatchHeader.ATTRIBUTES;
        out.setInt(
                start + RecordBatchHeader.CRC,
                Crc32c.of(out, covered, out.writerIndex() - covered));
        return size;
    }
}
