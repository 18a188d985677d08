package io.millrace.broker.log.compaction;

import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogSegment;
import io.millrace.broker.log.LogSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a round of compaction may look at: {@code [log start, firstDirtyOffset)} was compacted
 * before, {@code [firstDirtyOffset, endOffset)} was not. Made of whole segments; the one being
 * written, and those with anything not committed, undecided or too young, are beyond the end.
 *
 * @param segments from the log's start up to the end, in order of offset
 * @param cleanBytes bytes of the segments that begin before {@code firstDirtyOffset}
 * @param dirtyBytes bytes of the others
 * @param overdue {@code max.compaction.lag.ms} has passed for something in it
 */
record DirtySection(
        long firstDirtyOffset,
        long endOffset,
        List<LogSegment> segments,
        long cleanBytes,
        long dirtyBytes,
        boolean overdue) {

    DirtySection {
        segments = List.copyOf(segments);
    }

    /**
     * @param cleanedUpTo where the last round ended; anything if there was none
     */
    static DirtySection of(LogSnapshot log, LogConfig config, long cleanedUpTo, long nowMs)
            throws IOException {
        // A log that was cut or begun again since is dirty from its start.
        boolean known = cleanedUpTo >= log.logStartOffset() && cleanedUpTo <= log.logEndOffset();
        long firstDirty = known ? cleanedUpTo : log.logStartOffset();
        List<LogSegment> all = log.segments();
        List<LogSegment> settled = new ArrayList<>();
        long cleanBytes = 0;
        long dirtyBytes = 0;
        long earliest = Long.MAX_VALUE;
        long end = firstDirty;
        for (int i = 0; i < all.size() - 1; i++) {
            LogSegment segment = all.get(i);
            long next = all.get(i + 1).baseOffset();
            boolean dirty = next > firstDirty;
            if (next > log.lastStableOffset() || (dirty && isYoung(segment, config, nowMs))) {
                break;
            }
            settled.add(segment);
            if (dirty) {
                end = next;
                dirtyBytes += segment.sizeInBytes();
                long first = segment.firstTimestamp();
                earliest = Math.min(earliest, first > 0 ? first : Long.MAX_VALUE);
            } else {
                cleanBytes += segment.sizeInBytes();
            }
        }
        boolean overdue =
                earliest != Long.MAX_VALUE && earliest < nowMs - config.compaction().maxLagMs();
        return new DirtySection(firstDirty, end, settled, cleanBytes, dirtyBytes, overdue);
    }

    private static boolean isYoung(LogSegment segment, LogConfig config, long nowMs)
            throws IOException {
        return config.compaction().minLagMs() > 0
                && segment.maxTimestamp() > nowMs - config.compaction().minLagMs();
    }

    /** Share of new bytes, from 0 to 1. */
    double dirtyRatio() {
        long bytes = cleanBytes + dirtyBytes;
        return bytes == 0 ? 0 : (double) dirtyBytes / bytes;
    }

    boolean isDue(double minRatio) {
        return dirtyBytes > 0 && (overdue || dirtyRatio() > minRatio);
    }

    /** The segments that the last round has not seen to the end. */
    List<LogSegment> dirtySegments() {
        int first = segments.size();
        while (first > 0 && endOf(first - 1) > firstDirtyOffset) {
            first--;
        }
        return segments.subList(first, segments.size());
    }

    private long endOf(int index) {
        return index + 1 < segments.size() ? segments.get(index + 1).baseOffset() : endOffset;
    }
}
