package io.millrace.broker.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finishes or undoes what compaction was about when the process ended, also Kafka's. Files of one
 * cleaned segment first end in {@code .cleaned}, then one after the other in {@code .swap}, then
 * the segments they were made of go, then the suffix does. So:
 *
 * <ul>
 *   <li>{@code .cleaned} is worth nothing, and with it every {@code .swap} of its offset or a later
 *       one: the old segments are all there.
 *   <li>Another {@code .swap} is whole: old segments within its offsets go, and it gets its name.
 * </ul>
 *
 * Used when a log is opened, before anything else looks at its directory; may be interrupted and
 * done again.
 */
final class InterruptedSwaps {
    private static final Logger LOGGER = LoggerFactory.getLogger(InterruptedSwaps.class);
    private final LogDir dir;
    private final Path directory;

    InterruptedSwaps(LogDir dir, Path directory) {
        this.dir = dir;
        this.directory = directory;
    }

    void settle() throws IOException {
        List<LogDir.Entry> entries = dir.list(directory);
        long firstCleaned = Long.MAX_VALUE;
        for (LogDir.Entry entry : entries) {
            long offset = offsetBefore(entry.name(), LogFileNames.CLEANED);
            if (offset >= 0) {
                firstCleaned = Math.min(firstCleaned, offset);
                dir.delete(directory.resolve(entry.name()));
            }
        }
        Map<Long, LogDir.Entry> swapped = new HashMap<>();
        boolean any = false;
        for (LogDir.Entry entry : entries) {
            long offset = offsetBefore(entry.name(), LogFileNames.SWAP);
            if (offset >= firstCleaned) {
                dir.delete(directory.resolve(entry.name()));
            } else if (offset >= 0) {
                any = true;
                if (entry.name().endsWith(LogFileNames.LOG + LogFileNames.SWAP)) {
                    swapped.put(offset, entry);
                }
            }
        }
        if (any) {
            finish(entries, swapped);
        }
    }

    private void finish(List<LogDir.Entry> entries, Map<Long, LogDir.Entry> swapped)
            throws IOException {
        for (Map.Entry<Long, LogDir.Entry> swap : swapped.entrySet()) {
            long from = swap.getKey();
            long to = Math.max(from + 1, endOf(from, swap.getValue()));
            for (LogDir.Entry entry : entries) {
                long offset = offsetOfSegmentFile(entry.name());
                if (offset >= from && offset < to) {
                    dir.delete(directory.resolve(entry.name()));
                }
            }
        }
        for (LogDir.Entry entry : dir.list(directory)) {
            if (offsetBefore(entry.name(), LogFileNames.SWAP) >= 0) {
                String name = entry.name();
                String last = name.substring(0, name.length() - LogFileNames.SWAP.length());
                dir.rename(directory.resolve(name), directory.resolve(last));
            }
        }
        dir.forceDirectory(directory);
        LOGGER.atInfo()
                .addKeyValue("directory", directory)
                .addKeyValue("segments", swapped.keySet())
                .log("interrupted replacement of compacted segments finished");
    }

    /** Offset after the last batch of the segment. */
    private long endOf(long baseOffset, LogDir.Entry entry) throws IOException {
        long end = baseOffset;
        try (LogFile file = dir.open(directory.resolve(entry.name()), false);
                BatchScanner scanner =
                        new BatchScanner(file, 0, entry.size(), BatchScanner.SCAN_WINDOW_BYTES)) {
            while (scanner.next()) {
                end = scanner.lastOffset() + 1;
            }
        }
        return end;
    }

    /** The offset in the name of any file of a segment that ends in the suffix, or -1. */
    private static long offsetBefore(String name, String suffix) {
        return name.endsWith(suffix)
                ? offsetOfSegmentFile(name.substring(0, name.length() - suffix.length()))
                : -1;
    }

    private static long offsetOfSegmentFile(String name) {
        for (String kind : LogFileNames.KINDS) {
            long offset = LogFileNames.offsetIn(name, kind);
            if (offset >= 0) {
                return offset;
            }
        }
        return -1;
    }
}
