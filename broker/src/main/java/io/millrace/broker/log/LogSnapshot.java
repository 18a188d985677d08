package io.millrace.broker.log;

import java.util.List;

/**
 * State of a log at one moment, published by its owner, read by anybody.
 *
 * <p>INVARIANT: logStartOffset <= lastStableOffset <= highWatermark <= logEndOffset.
 *
 * @param highWatermark offset before which every in-sync replica has everything
 * @param lastStableOffset offset before which no transaction is open, nor ended by a marker beyond
 *     the high watermark
 * @param segments in order of offset; never empty; the last is being written
 * @param activeBytes bytes of the last segment
 * @param tailOffset first offset of the latest write, so that readers at the tail need no lookup
 * @param tailPosition where it begins in the last segment; -1 if the latest write is not known
 */
public record LogSnapshot(
        long logStartOffset,
        long logEndOffset,
        long highWatermark,
        long lastStableOffset,
        List<LogSegment> segments,
        long activeBytes,
        LeaderEpochs epochs,
        long tailOffset,
        long tailPosition) {

    public LogSnapshot {
        if (logStartOffset > highWatermark
                || highWatermark > logEndOffset
                || lastStableOffset > highWatermark
                || lastStableOffset < logStartOffset) {
            throw new IllegalStateException(
                    "log start "
                            + logStartOffset
                            + ", last stable "
                            + lastStableOffset
                            + ", high watermark "
                            + highWatermark
                            + ", log end "
                            + logEndOffset
                            + " are not in order");
        }
    }

    /** Bytes of all segments. */
    public long sizeInBytes() {
        long bytes = activeBytes;
        for (int i = 0; i < segments.size() - 1; i++) {
            bytes += segments.get(i).sizeInBytes();
        }
        return bytes;
    }

    LogSegment activeSegment() {
        return segments.get(segments.size() - 1);
    }

    /** Index of the segment that holds the offset, which is not below the first. */
    int segmentIndexOf(long offset) {
        int low = 0;
        int high = segments.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (segments.get(middle).baseOffset() <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** First offset behind a segment. */
    long endOffsetOf(int segmentIndex) {
        return segmentIndex == segments.size() - 1
                ? logEndOffset
                : segments.get(segmentIndex + 1).baseOffset();
    }

    long bytesOf(int segmentIndex) {
        return segmentIndex == segments.size() - 1
                ? activeBytes
                : segments.get(segmentIndex).sizeInBytes();
    }
}
