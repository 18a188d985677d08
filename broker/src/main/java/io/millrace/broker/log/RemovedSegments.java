package io.millrace.broker.log;

import java.io.IOException;
import java.util.List;

/** Segments that are out of the log while their files are still there. */
public record RemovedSegments(List<LogSegment> segments) {
    static final RemovedSegments NONE = new RemovedSegments(List.of());

    public RemovedSegments {
        segments = List.copyOf(segments);
    }

    public boolean isEmpty() {
        return segments.isEmpty();
    }

    /** Removes the files. May wait for the disk. */
    public void removeFiles() throws IOException {
        for (LogSegment segment : segments) {
            segment.removeFiles();
        }
    }
}
