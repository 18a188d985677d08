package io.millrace.broker.log;

import java.io.IOException;
import java.util.List;

/** Says how many segments at the start of a log nobody wants any more. Changes nothing. */
final class LogRetention {
    private final LogConfig config;
    private final List<LogSegment> segments;
    private final LogSnapshot log;

    LogRetention(LogConfig config, List<LogSegment> segments, LogSnapshot log) {
        this.config = config;
        this.segments = segments;
        this.log = log;
    }

    /** Those of which every record lies before the log start; never the last. */
    int deleted() {
        int count = 0;
        while (count < segments.size() - 1 && log.endOffsetOf(count) <= log.logStartOffset()) {
            count++;
        }
        return count;
    }

    /** Those too old or too many, and those deleted. Perhaps all. */
    int expired(long nowMs) throws IOException {
        int deleted = deleted();
        if (!config.cleanupPolicy().delete()) {
            return deleted;
        }
        long excess = config.retentionBytes() < 0 ? 0 : log.sizeInBytes() - config.retentionBytes();
        int count = 0;
        for (; count < segments.size(); count++) {
            LogSegment segment = segments.get(count);
            boolean last = count == segments.size() - 1;
            // INVARIANT: only whole segments below the high watermark go (S2).
            if (log.endOffsetOf(count) > log.highWatermark()
                    || (last && segment.sizeInBytes() == 0)) {
                break;
            }
            boolean tooMany = !last && excess >= segment.sizeInBytes();
            if (count >= deleted && !tooMany && !isTooOld(segment, nowMs)) {
                break;
            }
            excess -= segment.sizeInBytes();
        }
        return count;
    }

    private boolean isTooOld(LogSegment segment, long nowMs) throws IOException {
        if (config.retentionMs() < 0) {
            return false;
        }
        long latest = segment.maxTimestamp();
        long from = latest >= 0 ? latest : Math.max(segment.firstAppendMs(), 0);
        return (latest >= 0 || segment.firstAppendMs() >= 0) && nowMs - from > config.retentionMs();
    }
}
