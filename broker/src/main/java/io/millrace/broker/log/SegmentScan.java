package io.millrace.broker.log;

import io.millrace.protocol.record.CorruptBatchException;
import io.millrace.protocol.record.RecordBatchView;
import java.io.IOException;

/**
 * Reads all batches of a segment that is not written any more, in order, checking each against its
 * CRC. Keeps the file open, also when the segment is replaced or removed meanwhile. Used by one
 * thread; close it when done.
 */
public final class SegmentScan implements AutoCloseable {
    private final LogSegment segment;
    private final OpenFile open;
    private final BatchScanner scanner;
    private final long end;

    SegmentScan(LogSegment segment, int windowBytes) throws IOException {
        this.segment = segment;
        this.end = segment.sizeInBytes();
        this.open = segment.file().acquire();
        this.scanner = new BatchScanner(open.file(), 0, end, windowBytes);
    }

    /**
     * Moves to the next batch; false at the end.
     *
     * @throws CorruptBatchException if what follows cannot be a batch
     */
    public boolean next() throws IOException {
        if (scanner.next()) {
            return true;
        }
        if (scanner.nextPosition() < end) {
            throw new CorruptBatchException(
                    segment.file().path()
                            + ": no whole batch at byte "
                            + scanner.nextPosition()
                            + " of "
                            + end);
        }
        return false;
    }

    /** Where the present batch begins. */
    public long position() {
        return scanner.position();
    }

    long maxTimestamp() {
        return scanner.maxTimestamp();
    }

    public int sizeInBytes() {
        return scanner.sizeInBytes();
    }

    /**
     * The present batch; valid until the scan moves.
     *
     * @throws CorruptBatchException if its bytes are not those that were written
     */
    public RecordBatchView batch() throws IOException {
        RecordBatchView batch = scanner.whole();
        if (!batch.isCrcValid()) {
            throw new CorruptBatchException(
                    segment.file().path()
                            + ": batch of offset "
                            + batch.baseOffset()
                            + " at byte "
                            + scanner.position()
                            + " fails its CRC (stored 0x"
                            + Integer.toHexString(batch.crc())
                            + ", computed 0x"
                            + Integer.toHexString(batch.computeCrc())
                            + ")");
        }
        return batch;
    }

    @Override
    public void close() {
        scanner.close();
        open.close();
    }
}
