package io.millrace.broker.log.compaction;

import io.millrace.broker.log.LogSegment;
import io.millrace.broker.log.SegmentScan;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordCursor;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * First half of a round: reads the dirty segments and notes the last offset of every key, until all
 * are read or the map is full; then the round covers only what was read. Aborted records count for
 * nothing. Used by one thread, in steps; close it in the end.
 */
final class OffsetMapBuilder implements AutoCloseable {
    private final List<LogSegment> segments;
    private final long fromOffset;
    private final OffsetMap map;
    private final TransactionWalk transactions;
    private final int windowBytes;
    private final DecompressionLimit limit;
    private int next;
    private @Nullable SegmentScan scan;
    private boolean full;

    OffsetMapBuilder(
            DirtySection section,
            OffsetMap map,
            TransactionWalk transactions,
            int windowBytes,
            DecompressionLimit limit) {
        this.segments = section.dirtySegments();
        this.fromOffset = section.firstDirtyOffset();
        this.map = map;
        this.transactions = transactions;
        this.windowBytes = windowBytes;
        this.limit = limit;
    }

    boolean isDone() {
        return full || (scan == null && next == segments.size());
    }

    /** Whether it ended before the section did, for want of room. */
    boolean isFull() {
        return full;
    }

    /** Reads about this many bytes; returns how many it were. */
    long step(long bytes) throws IOException {
        long read = 0;
        while (read < bytes && !isDone()) {
            SegmentScan current = scan;
            if (current == null) {
                current = segments.get(next++).scan(windowBytes);
                scan = current;
            }
            if (!current.next()) {
                current.close();
                scan = null;
                continue;
            }
            read += current.sizeInBytes();
            note(current.batch());
        }
        return read;
    }

    private void note(RecordBatchView batch) {
        if (batch.isControl()) {
            transactions.isObsolete(batch);
        } else if (!transactions.isAborted(batch) && !noteRecords(batch)) {
            full = true;
            return;
        }
        if (batch.lastOffset() >= fromOffset) {
            map.passed(batch.lastOffset());
        }
    }

    /** False if the map is full. */
    private boolean noteRecords(RecordBatchView batch) {
        if (batch.lastOffset() < fromOffset || batch.count() == 0) {
            return true;
        }
        try (RecordCursor cursor = batch.records(ByteBufAllocator.DEFAULT, limit)) {
            while (cursor.next()) {
                boolean counts = cursor.hasKey() && cursor.offset() >= fromOffset;
                if (counts
                        && !map.put(
                                cursor.bytes(),
                                cursor.keyIndex(),
                                cursor.keySize(),
                                cursor.offset())) {
                    return false;
                }
            }
            return true;
        }
    }

    @Override
    public void close() {
        if (scan != null) {
            scan.close();
            scan = null;
        }
    }
}
