package io.millrace.broker.log;

import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;

/**
 * Walks the batches of a segment from one position on, reading ahead in windows. Looks at headers
 * only, unless {@link #whole()} is asked for. Used by one thread; close it to give the window back.
 */
final class BatchScanner implements AutoCloseable {
    /** Enough for the way from an index entry to the batch that is looked for. */
    static final int LOOKUP_WINDOW_BYTES = 4 * 1024;

    /** For reading whole segments. */
    static final int SCAN_WINDOW_BYTES = 1024 * 1024;

    private final LogFile file;
    private final long end;
    private final int windowBytes;
    private ByteBuf window;
    private long windowPosition;

    /** Present batch; -1 before the first. */
    private long position = -1;

    private long nextPosition;
    private int size;

    /** Scans {@code [start, end)}; {@code start} must be where a batch begins. */
    BatchScanner(LogFile file, long start, long end, int windowBytes) {
        this.file = file;
        this.end = end;
        this.windowBytes = windowBytes;
        this.nextPosition = start;
        this.windowPosition = start;
        this.window = PooledByteBufAllocator.DEFAULT.directBuffer(windowBytes);
    }

    /**
     * Moves to the next batch. False at the end, and where the bytes left cannot be a batch: {@link
     * #nextPosition()} tells which of the two.
     */
    boolean next() throws IOException {
        if (end - nextPosition < RecordBatchHeader.HEADER_BYTES) {
            return false;
        }
        load(nextPosition, RecordBatchHeader.HEADER_BYTES);
        int at = (int) (nextPosition - windowPosition);
        long length =
                (long) window.getInt(at + RecordBatchHeader.LENGTH)
                        + RecordBatchHeader.LENGTH_OVERHEAD;
        if (length < RecordBatchHeader.HEADER_BYTES || length > end - nextPosition) {
            return false;
        }
        position = nextPosition;
        size = (int) length;
        nextPosition = position + length;
        return true;
    }

    /** Goes on at a byte where a batch begins. */
    void moveTo(long filePosition) {
        nextPosition = filePosition;
    }

    /** Where the present batch begins. */
    long position() {
        return position;
    }

    /** Where the next batch would begin. */
    long nextPosition() {
        return nextPosition;
    }

    int sizeInBytes() {
        return size;
    }

    long baseOffset() {
        return window.getLong(index() + RecordBatchHeader.BASE_OFFSET);
    }

    long lastOffset() {
        return baseOffset() + window.getInt(index() + RecordBatchHeader.LAST_OFFSET_DELTA);
    }

    long maxTimestamp() {
        return window.getLong(index() + RecordBatchHeader.MAX_TIMESTAMP);
    }

    int leaderEpoch() {
        return window.getInt(index() + RecordBatchHeader.PARTITION_LEADER_EPOCH);
    }

    byte magic() {
        return window.getByte(index() + RecordBatchHeader.MAGIC);
    }

    /** The present batch with all its bytes; valid until the scanner moves. */
    RecordBatchView whole() throws IOException {
        load(position, size);
        return RecordBatchView.at(window, index());
    }

    /**
     * The header of the present batch as a view; its records may be missing. Valid until the
     * scanner moves.
     */
    HeaderView header() {
        return new HeaderView(window, index());
    }

    @Override
    public void close() {
        window.release();
    }

    private int index() {
        return (int) (position - windowPosition);
    }

    /** Makes {@code [from, from + bytes)} part of the window. */
    private void load(long from, int bytes) throws IOException {
        if (from >= windowPosition && from + bytes <= windowPosition + window.writerIndex()) {
            return;
        }
        int wanted = (int) Math.min(Math.max(bytes, windowBytes), end - from);
        if (wanted > window.capacity()) {
            window.release();
            window = PooledByteBufAllocator.DEFAULT.directBuffer(wanted);
        }
        window.setIndex(0, 0);
        windowPosition = from;
        int read = file.read(window.nioBuffer(0, wanted), from);
        if (read < bytes) {
            throw new IOException(
                    "segment has " + read + " bytes at " + from + ", " + bytes + " were expected");
        }
        window.setIndex(0, read);
    }

    /** Header fields that recovery needs beyond offsets and time. */
    record HeaderView(ByteBuf buffer, int index) {
        long producerId() {
            return buffer.getLong(index + RecordBatchHeader.PRODUCER_ID);
        }

        short producerEpoch() {
            return buffer.getShort(index + RecordBatchHeader.PRODUCER_EPOCH);
        }

        int baseSequence() {
            return buffer.getInt(index + RecordBatchHeader.BASE_SEQUENCE);
        }

        int lastOffsetDelta() {
            return buffer.getInt(index + RecordBatchHeader.LAST_OFFSET_DELTA);
        }

        int attributes() {
            return buffer.getShort(index + RecordBatchHeader.ATTRIBUTES);
        }
    }
}
