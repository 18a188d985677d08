package io.millrace.broker.log.compaction;

import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogSegment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Which neighbouring segments become one: as many as fit into one by size, indexes and offsets. */
final class SegmentGroups {
    private SegmentGroups() {}

    /**
     * @param segments in order of offset
     * @param endOffset where the segment after the last begins
     */
    static List<List<LogSegment>> of(List<LogSegment> segments, long endOffset, LogConfig config)
            throws IOException {
        List<List<LogSegment>> groups = new ArrayList<>();
        List<LogSegment> group = new ArrayList<>();
        long bytes = 0;
        long indexBytes = 0;
        for (int i = 0; i < segments.size(); i++) {
            LogSegment segment = segments.get(i);
            long end = i + 1 < segments.size() ? segments.get(i + 1).baseOffset() : endOffset;
            boolean fits =
                    group.isEmpty()
                            || (bytes + segment.sizeInBytes() <= config.segmentBytes()
                                    && indexBytes + segment.indexBytes()
                                            <= config.segmentIndexBytes()
                                    && end - 1 - group.get(0).baseOffset() <= Integer.MAX_VALUE);
            if (!fits) {
                groups.add(List.copyOf(group));
                group.clear();
                bytes = 0;
                indexBytes = 0;
            }
            group.add(segment);
            bytes += segment.sizeInBytes();
            indexBytes += segment.indexBytes();
        }
        if (!group.isEmpty()) {
            groups.add(List.copyOf(group));
        }
        return groups;
    }
}
