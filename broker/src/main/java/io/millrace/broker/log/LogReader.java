package io.millrace.broker.log;

import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.record.RecordCursor;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a log by its snapshot, without its owner. Stateless; any thread. */
public final class LogReader {
    /** Bytes behind the end that count as the tail, which is in memory almost surely. */
    private static final long TAIL_BYTES = 64L * 1024 * 1024;

    /** Most that a batch may grow to while a timestamp is looked for in it. */
    private static final int LOOKUP_OUTPUT_BYTES = 256 * 1024 * 1024;

    private LogReader() {}

    /** An offset found by its time. */
    public record Found(long offset, long timestampMs) {}

    /**
     * Batches from the one that holds the offset on, from one segment. The last may be cut by the
     * limit; the first is always whole.
     *
     * @param endOffset readers see nothing from here on; high watermark or last stable offset
     * @return null if there is nothing to read, or the first batch is larger than the limit
     */
    public static @Nullable FileRecords read(
            LogSnapshot log, long offset, int maxBytes, boolean atLeastOneBatch, long endOffset)
            throws IOException {
        if (offset >= endOffset) {
            return null;
        }
        int last = log.segments().size() - 1;
        for (int i = log.segmentIndexOf(offset); i <= last; i++) {
            LogSegment segment = log.segments().get(i);
            long endPosition = endPosition(log, i, endOffset);
            boolean atTail = i == last && log.tailPosition() >= 0 && offset == log.tailOffset();
            if (atTail && endPosition - log.tailPosition() <= maxBytes) {
                int size = (int) (endPosition - log.tailPosition());
                return size <= 0 ? null : new FileRecords(segment.file(), log.tailPosition(), size);
            }
            LogSegment.BatchPosition first = segment.find(offset, endPosition);
            if (first != null) {
                return slice(segment, first, endPosition, maxBytes, atLeastOneBatch);
            }
        }
        return null;
    }

    private static @Nullable FileRecords slice(
            LogSegment segment,
            LogSegment.BatchPosition first,
            long endPosition,
            int maxBytes,
            boolean atLeastOneBatch) {
        long size = Math.min(endPosition - first.position(), maxBytes);
        if (size < first.size()) {
            if (!atLeastOneBatch) {
                return null;
            }
            size = first.size();
        }
        return new FileRecords(segment.file(), first.position(), (int) size);
    }

    /**
     * Transactions aborted among the records read, in order of their first offset. Perhaps also
     * some that begin a little later. May read small files.
     *
     * @param offset from which on the reader wants records
     */
    public static List<AbortedTransaction> abortedIn(
            LogSnapshot log, long offset, FileRecords records) throws IOException {
        int first = log.segmentIndexOf(offset);
        List<AbortedTransaction> found = new ArrayList<>(0);
        long end = -1;
        for (int i = first; i < log.segments().size(); i++) {
            SegmentTransactions transactions = log.segments().get(i).transactions();
            if (transactions.isEmpty()) {
                continue;
            }
            if (end < 0) {
                end = endOffsetOf(log, first, records);
            }
            if (transactions.index().collect(offset, end, found)) {
                break;
            }
        }
        found.sort(Comparator.comparingLong(AbortedTransaction::firstOffset));
        return found;
    }

    /** An offset behind all records read, from the index: at most some entries too far. */
    private static long endOffsetOf(LogSnapshot log, int from, FileRecords records)
            throws IOException {
        for (int i = from; i < log.segments().size(); i++) {
            LogSegment segment = log.segments().get(i);
            if (segment.file().equals(records.file())) {
                long position = records.position() + records.sizeInBytes();
                int relative = segment.indexes().offsets().offsetAtPosition(position);
                return relative < 0 ? log.endOffsetOf(i) : segment.baseOffset() + relative;
            }
        }
        return log.lastStableOffset();
    }

    /** Where readers stop in a segment. */
    private static long endPosition(LogSnapshot log, int segmentIndex, long endOffset)
            throws IOException {
        if (endOffset >= log.endOffsetOf(segmentIndex)) {
            return log.bytesOf(segmentIndex);
        }
        LogSegment.BatchPosition beyond =
                log.segments().get(segmentIndex).find(endOffset, log.bytesOf(segmentIndex));
        return beyond == null ? log.bytesOf(segmentIndex) : beyond.position();
    }

    /** Whether reading these bytes may have to wait for the disk: they are far behind the end. */
    public static boolean isCold(LogSnapshot log, FileRecords records) {
        long behind = -records.position();
        for (int i = log.segments().size() - 1; i >= 0 && behind <= TAIL_BYTES; i--) {
            behind += log.bytesOf(i);
            if (log.segments().get(i).file().equals(records.file())) {
                return behind > TAIL_BYTES;
            }
        }
        return true;
    }

    /**
     * The first record before {@code endOffset} that is at least as late. May wait for the disk.
     */
    public static Optional<Found> offsetForTimestamp(
            LogSnapshot log, long timestampMs, long endOffset) throws IOException {
        for (int i = 0; i < log.segments().size(); i++) {
            LogSegment segment = log.segments().get(i);
            if (segment.maxTimestamp() < timestampMs) {
                continue;
            }
            Optional<Found> found =
                    findInSegment(
                            segment, log.bytesOf(i), timestampMs, log.logStartOffset(), endOffset);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** The first record that bears the highest timestamp. May wait for the disk. */
    public static Optional<Found> maxTimestamp(LogSnapshot log, long endOffset) throws IOException {
        long latest = -1;
        for (LogSegment segment : log.segments()) {
            latest = Math.max(latest, segment.maxTimestamp());
        }
        return latest < 0 ? Optional.empty() : offsetForTimestamp(log, latest, endOffset);
    }

    private static Optional<Found> findInSegment(
            LogSegment segment,
            long endPosition,
            long timestampMs,
            long startOffset,
            long endOffset)
            throws IOException {
        LogSegment.Indexes indexes = segment.indexes();
        int start = indexes.offsets().positionFor(indexes.times().offsetBefore(timestampMs));
        try (OpenFile open = segment.file().acquire();
                BatchScanner scanner =
                        new BatchScanner(
                                open.file(),
                                start,
                                endPosition,
                                BatchScanner.LOOKUP_WINDOW_BYTES)) {
            while (scanner.next() && scanner.baseOffset() < endOffset) {
                if (scanner.maxTimestamp() >= timestampMs && scanner.lastOffset() >= startOffset) {
                    Optional<Found> found =
                            findInBatch(scanner, timestampMs, startOffset, endOffset);
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
            return Optional.empty();
        }
    }

    private static Optional<Found> findInBatch(
            BatchScanner scanner, long timestampMs, long startOffset, long endOffset)
            throws IOException {
        DecompressionLimit limit = DecompressionLimit.ofReader(LOOKUP_OUTPUT_BYTES);
        try (RecordCursor cursor = scanner.whole().records(ByteBufAllocator.DEFAULT, limit)) {
            while (cursor.next() && cursor.offset() < endOffset) {
                if (cursor.timestampMs() >= timestampMs && cursor.offset() >= startOffset) {
                    return Optional.of(new Found(cursor.offset(), cursor.timestampMs()));
                }
            }
            return Optional.empty();
        }
    }
}
