package io.millrace.broker.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * What has to be forced to the device so that a log is safe up to an offset; to be run on a thread
 * that may wait for the disk.
 *
 * @param names whether files came or went
 * @param isRemoved whether the files have been given up meanwhile: they may have lost their names
 */
public record LogFlush(
        LogDir dir,
        Path directory,
        List<LogSegment> segments,
        boolean names,
        long upToOffset,
        BooleanSupplier isRemoved) {
    public LogFlush {
        segments = List.copyOf(segments);
    }

    public void run() throws IOException {
        for (LogSegment segment : segments) {
            segment.force();
        }
        if (names) {
            dir.forceDirectory(directory);
            dir.forceDirectory(dir.root());
        }
    }
}
