package io.millrace.broker.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The {@link ProducerSnapshotFile}s of one log: the newest two, and the newest that lies on the
 * device as a whole with the log before it. After a power loss only that one can be relied upon.
 */
final class ProducerSnapshots {
    private static final int KEPT = 2;

    private final LogDir dir;
    private final Path directory;
    private long latest;

    /**
     * @param latest offset of the snapshot that the states were read from; -1 for none
     */
    ProducerSnapshots(LogDir dir, Path directory, long latest) {
        this.dir = dir;
        this.directory = directory;
        this.latest = latest;
    }

    /** Writes the states at the end of the log, unless they are written. */
    void write(long endOffset, long recoveryPoint, Collection<ProducerEntry> entries)
            throws IOException {
        if (latest == endOffset) {
            return;
        }
        ProducerSnapshotFile.write(dir, directory, endOffset, entries);
        latest = endOffset;
        prune(recoveryPoint);
    }

    private void prune(long recoveryPoint) throws IOException {
        List<Long> offsets = offsetsIn(dir.list(directory));
        boolean safeOneKept = false;
        for (int i = offsets.size() - 1; i >= 0; i--) {
            boolean safe = offsets.get(i) <= recoveryPoint;
            if (i < offsets.size() - KEPT && safeOneKept) {
                dir.delete(directory.resolve(LogFileNames.snapshot(offsets.get(i))));
            }
            safeOneKept |= safe;
        }
    }

    /** Offsets of the snapshots among these files, rising. */
    static List<Long> offsetsIn(List<LogDir.Entry> files) {
        List<Long> offsets = new ArrayList<>();
        for (LogDir.Entry file : files) {
            long offset = LogFileNames.offsetIn(file.name(), ProducerSnapshotFile.SUFFIX);
            if (offset >= 0) {
                offsets.add(offset);
            }
        }
        return offsets;
    }
}
