package io.millrace.broker.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Cuts the files of a log back to an offset, so that reading them again gives a log that ends
 * there. The cut is on the device before anything new is written behind it. Used once, by the only
 * user of the log, on a thread that may wait for the disk.
 */
final class LogCut {
    private final LogDir dir;
    private final Path directory;
    private final LogSnapshot log;

    LogCut(LogDir dir, Path directory, LogSnapshot log) {
        this.dir = dir;
        this.directory = directory;
        this.log = log;
    }

    /** Keeps whole batches below the offset, which is beyond the start of the log. */
    void to(long offset) throws IOException {
        List<LogSegment> segments = log.segments();
        int holding = log.segmentIndexOf(offset);
        LogSegment segment = segments.get(holding);
        LogSegment.BatchPosition first = segment.find(offset, log.bytesOf(holding));
        long bytes = first == null ? log.bytesOf(holding) : first.position();
        // The last first: what a crash leaves is a log without a gap.
        for (int i = segments.size() - 1; i > holding; i--) {
            remove(segments.get(i));
        }
        segment.cut(bytes, first == null ? offset : first.baseOffset());
        long end = first == null ? offset : Math.min(offset, first.baseOffset());
        LeaderEpochs kept = log.epochs().truncatedToEnd(end);
        kept.write(dir, directory, true);
        removeSnapshots(end);
    }

    /** Keeps nothing. */
    void everything() throws IOException {
        for (int i = log.segments().size() - 1; i >= 0; i--) {
            remove(log.segments().get(i));
        }
        LeaderEpochs.NONE.write(dir, directory, true);
        removeSnapshots(-1);
    }

    private static void remove(LogSegment segment) throws IOException {
        segment.markDeleted();
        segment.removeFiles();
    }

    /** Producers as they were at a later offset are of no use any more. */
    private void removeSnapshots(long endOffset) throws IOException {
        for (long offset : ProducerSnapshots.offsetsIn(dir.list(directory))) {
            if (offset > endOffset) {
                dir.delete(directory.resolve(LogFileNames.snapshot(offset)));
            }
        }
    }
}
