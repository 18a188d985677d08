package io.millrace.broker.log;

import io.millrace.base.time.Clock;
import io.millrace.protocol.record.RecordBatchHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a partition's directory. After a clean stop only the end of the last segment is looked at;
 * otherwise every batch beyond the recovery point is checked, and the log ends before the first
 * that is not whole: nobody was promised more. What is below the recovery point was on the device;
 * where it cannot be read, nothing is cut, and the log is damaged. Used once, on a thread that may
 * wait for the disk.
 */
final class LogLoader {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogLoader.class);

    private final LogDir dir;
    private final TopicPartition partition;
    private final Path directory;
    private final LogConfig config;
    private final OpenFileTable files;
    private final Clock clock;
    private final LoadPoint from;

    private LeaderEpochs epochs = LeaderEpochs.NONE;
    private long nextOffset;
    private long scannedBytes;
    private long truncatedBytes;
    private @Nullable LogDamage damage;

    /**
     * What is known about the log before reading it.
     *
     * @param cleanShutdown whether the directory was closed in order
     * @param recoveryPoint everything below it is on the device
     * @param logStartOffset first offset readers may see; 0 if nothing was deleted
     */
    record LoadPoint(boolean cleanShutdown, long recoveryPoint, long logStartOffset) {}

    /**
     * A log ready for use.
     *
     * @param producerSnapshotOffset of the newest snapshot of producers, -1 for none
     * @param damage to what was on the device, or null
     */
    record Loaded(
            List<LogSegment> segments,
            long logStartOffset,
            long endOffset,
            LeaderEpochs epochs,
            ProducerStates producers,
            long producerSnapshotOffset,
            @Nullable LogDamage damage) {}

    LogLoader(
            LogDir dir,
            TopicPartition partition,
            LogConfig config,
            OpenFileTable files,
            Clock clock,
            LoadPoint from) {
        this.dir = dir;
        this.partition = partition;
        this.directory = dir.root().resolve(partition.directoryName());
        this.config = config;
        this.files = files;
        this.clock = clock;
        this.from = from;
    }

    Loaded load() throws IOException {
        new InterruptedSwaps(dir, directory).settle();
        List<LogSegment> segments = listSegments();
        if (segments.isEmpty()) {
            segments.add(
                    new LogSegment(dir, files, directory, Math.max(0, from.logStartOffset), -1));
        }
        epochs = LeaderEpochs.read(dir, directory);
        segments = scanTail(segments);
        if (damage == null && nextOffset < from.recoveryPoint) {
            LogSegment last = segments.get(segments.size() - 1);
            noteDamage(
                    last,
                    last.sizeInBytes(),
                    "it ends here and was on the device up to offset " + from.recoveryPoint);
        }
        epochs = epochs.truncatedToEnd(nextOffset);
        long start = Math.max(from.logStartOffset, segments.get(0).baseOffset());
        start = Math.min(start, nextOffset);
        ProducerRecovery producers =
                new ProducerRecovery(dir, partition, segments, nextOffset, clock.wallMs());
        producers.recover(from.cleanShutdown ? nextOffset : from.recoveryPoint);
        if (truncatedBytes > 0 || scannedBytes > 64 * 1024 * 1024) {
            LOGGER.atInfo()
                    .addKeyValue("partition", partition)
                    .addKeyValue("scannedBytes", scannedBytes)
                    .addKeyValue("truncatedBytes", truncatedBytes)
                    .addKeyValue("logEndOffset", nextOffset)
                    .log("log recovered");
        }
        return new Loaded(
                segments,
                start,
                nextOffset,
                epochs,
                producers.states(),
                producers.snapshotOffset(),
                damage);
    }

    private void noteDamage(LogSegment segment, long position, String why) {
        if (damage == null) {
            damage = new LogDamage(nextOffset, segment.file().path(), position, why);
        }
    }

    private List<LogSegment> listSegments() throws IOException {
        List<LogSegment> segments = new ArrayList<>();
        Map<Long, Long> transactionIndexes = new HashMap<>();
        for (LogDir.Entry entry : dir.list(directory)) {
            String name = entry.name();
            long offset = LogFileNames.offsetIn(name, LogFileNames.LOG);
            long aborted = LogFileNames.offsetIn(name, LogFileNames.TRANSACTION_INDEX);
            if (offset >= 0) {
                segments.add(new LogSegment(dir, files, directory, offset, entry.size()));
            } else if (aborted >= 0) {
                transactionIndexes.put(aborted, entry.size());
            } else if (name.endsWith(LogFileNames.DELETED) || name.endsWith(".tmp")) {
                dir.delete(directory.resolve(name));
            }
        }
        for (LogSegment segment : segments) {
            segment.transactions().found(transactionIndexes.getOrDefault(segment.baseOffset(), 0L));
        }
        return segments;
    }

    /**
     * Finds the end of the log, checking what has to be checked; returns the segments that stay.
     */
    private List<LogSegment> scanTail(List<LogSegment> segments) throws IOException {
        List<LogSegment> kept = new ArrayList<>();
        for (int i = 0; i < segments.size(); i++) {
            LogSegment segment = segments.get(i);
            boolean last = i == segments.size() - 1;
            kept.add(segment);
            nextOffset = Math.max(nextOffset, segment.baseOffset());
            boolean onDevice = !last && segments.get(i + 1).baseOffset() <= from.recoveryPoint;
            if (!last && (from.cleanShutdown || onDevice)) {
                continue;
            }
            boolean whole = scan(segment);
            if (!whole && !last && damage == null) {
                removeFrom(segments, i + 1);
                last = true;
            }
            if (!last) {
                segment.finishIndexes();
                segment.seal();
            } else if (!from.cleanShutdown) {
                segment.writeIndexes();
            }
            if (last) {
                break;
            }
        }
        return kept;
    }

    /** Walks the part of a segment that may not be whole; false if it had to be cut. */
    private boolean scan(LogSegment segment) throws IOException {
        long fileBytes = segment.sizeInBytes();
        LogSegment.Indexes found = trustedIndexes(segment);
        LogSegment.Indexes indexes =
                found == null ? new LogSegment.Indexes(new OffsetIndex(), new TimeIndex()) : found;
        int start = indexes.offsets().positionFor(Long.MAX_VALUE);
        segment.activate(indexes, found != null);
        segment.setSize(start);
        try (OpenFile open = segment.file().acquire();
                BatchScanner scanner =
                        new BatchScanner(
                                open.file(),
                                start,
                                fileBytes,
                                from.cleanShutdown
                                        ? BatchScanner.LOOKUP_WINDOW_BYTES
                                        : BatchScanner.SCAN_WINDOW_BYTES)) {
            while (scanner.nextPosition() < fileBytes) {
                boolean parsed = scanner.next();
                String problem = parsed ? problemOf(scanner) : "no whole batch";
                if (problem == null) {
                    accept(segment, scanner);
                } else if (nextOffset < from.recoveryPoint) {
                    noteDamage(segment, segment.sizeInBytes(), problem);
                    long resume =
                            BatchSearch.next(
                                    open.file(),
                                    parsed ? scanner.nextPosition() : segment.sizeInBytes() + 1,
                                    fileBytes,
                                    nextOffset);
                    if (resume < 0) {
                        break;
                    }
                    // What cannot be read stays where it is.
                    segment.setSize(resume);
                    scanner.moveTo(resume);
                } else {
                    LOGGER.atWarn()
                            .addKeyValue("partition", partition)
                            .addKeyValue("file", segment)
                            .addKeyValue("position", segment.sizeInBytes())
                            .addKeyValue("problem", problem)
                            .addKeyValue("truncatingTo", nextOffset)
                            .log("batch is damaged");
                    break;
                }
            }
        }
        if (segment.sizeInBytes() > 0) {
            segment.noteFirstAppend(clock.wallMs());
        }
        if (segment.sizeInBytes() < fileBytes && nextOffset < from.recoveryPoint) {
            return false; // Whoever repairs the log cuts it.
        }
        if (damage == null) {
            segment.file().checkedFrom(start);
        }
        if (segment.sizeInBytes() < fileBytes) {
            truncatedBytes += fileBytes - segment.sizeInBytes();
            segment.truncate(segment.sizeInBytes());
            return false;
        }
        return true;
    }

    /**
     * The indexes of the part that need not be checked; null if the files cannot be relied upon.
     */
    private LogSegment.@Nullable Indexes trustedIndexes(LogSegment segment) throws IOException {
        LogSegment.Indexes indexes = segment.readIndexes();
        if (indexes == null || from.cleanShutdown) {
            return indexes;
        }
        long trusted = from.recoveryPoint - segment.baseOffset();
        indexes.offsets().truncate(trusted);
        indexes.times().truncate(trusted);
        return matches(segment, indexes.offsets()) ? indexes : null;
    }

    /**
     * Whether every entry names the batch that it points to. The files are not forced to the device
     * with the records, so a power loss may have left anything in them.
     */
    private static boolean matches(LogSegment segment, OffsetIndex index) throws IOException {
        if (index.count() == 0) {
            return true;
        }
        try (OpenFile open = segment.file().acquire();
                BatchScanner scanner =
                        new BatchScanner(
                                open.file(),
                                0,
                                segment.sizeInBytes(),
                                BatchScanner.LOOKUP_WINDOW_BYTES)) {
            for (int i = 0; i < index.count(); i++) {
                scanner.moveTo(index.position(i));
                if (!scanner.next()
                        || scanner.magic() != RecordBatchHeader.CURRENT_MAGIC
                        || scanner.lastOffset() != segment.baseOffset() + index.relativeOffset(i)) {
                    return false;
                }
            }
        }
        return true;
    }

    private void accept(LogSegment segment, BatchScanner scanner) {
        segment.appended(
                scanner.sizeInBytes(),
                scanner.lastOffset(),
                scanner.maxTimestamp(),
                config.indexIntervalBytes());
        epochs = epochs.with(scanner.leaderEpoch(), scanner.baseOffset());
        nextOffset = scanner.lastOffset() + 1;
        scannedBytes += scanner.sizeInBytes();
    }

    private @Nullable String problemOf(BatchScanner scanner) throws IOException {
        if (scanner.magic() != RecordBatchHeader.CURRENT_MAGIC) {
            return "its format is " + scanner.magic();
        }
        boolean inScannedPart = scannedBytes > 0;
        if (scanner.lastOffset() < scanner.baseOffset()
                || (inScannedPart && scanner.baseOffset() < nextOffset)) {
            return "its offsets " + scanner.baseOffset() + ".." + scanner.lastOffset() + " go back";
        }
        if (!scanner.whole().isCrcValid()) {
            return "it fails its CRC (offset " + scanner.baseOffset() + ")";
        }
        return null;
    }

    private void removeFrom(List<LogSegment> segments, int first) throws IOException {
        for (LogSegment segment : segments.subList(first, segments.size())) {
            LOGGER.atWarn()
                    .addKeyValue("partition", partition)
                    .addKeyValue("file", segment)
                    .addKeyValue("bytes", segment.sizeInBytes())
                    .log("segment follows a damaged batch and is removed");
            truncatedBytes += segment.sizeInBytes();
            segment.markDeleted();
            segment.removeFiles();
        }
    }
}
