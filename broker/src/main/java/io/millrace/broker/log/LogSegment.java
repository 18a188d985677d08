package io.millrace.broker.log;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of a log in its files: batches, offset index, time index, aborted transactions. Changed
 * by the partition's owner only; readers on any thread use it within the bounds of a {@link
 * LogSnapshot}. The indexes of the segment being written are held firmly, those of older ones
 * softly, and read back on demand.
 */
final class LogSegment {
    /** Index entries gathered before they are written: a page of the file. */
    private static final int ENTRIES_PER_WRITE = 512;

    private static final List<String> INDEX_SUFFIXES =
            List.of(LogFileNames.INDEX, LogFileNames.TIME_INDEX);

    private final LogDir dir;
    private final Path directory;
    private final long baseOffset;
    private final SegmentFile file;
    private final SegmentTransactions transactions;
    private volatile long size;
    private volatile long maxTimestamp = -1;
    private long offsetOfMaxTimestamp;
    private volatile @Nullable Indexes active;
    private volatile SoftReference<Indexes> sealed = new SoftReference<>(null);
    private int offsetEntriesWritten;
    private int timeEntriesWritten;
    private int bytesSinceEntry;
    private long firstAppendMs = -1;

    /** Both indexes of the segment. */
    record Indexes(OffsetIndex offsets, TimeIndex times) {}

    /** A batch in the file. */
    record BatchPosition(long position, int size, long baseOffset, long lastOffset) {}

    /**
     * @param fileBytes size of the file found, or -1 for a new segment without one
     */
    LogSegment(LogDir dir, OpenFileTable files, Path directory, long baseOffset, long fileBytes) {
        this.dir = dir;
        this.directory = directory;
        this.baseOffset = baseOffset;
        this.size = Math.max(0, fileBytes);
        this.offsetOfMaxTimestamp = baseOffset;
        this.file =
                new SegmentFile(
                        dir,
                        files,
                        directory.resolve(LogFileNames.of(baseOffset, LogFileNames.LOG)),
                        fileBytes < 0);
        this.transactions =
                new SegmentTransactions(dir, path(LogFileNames.TRANSACTION_INDEX), baseOffset);
    }

    long baseOffset() {
        return baseOffset;
    }

    SegmentFile file() {
        return file;
    }

    /** What was aborted by markers in this segment. */
    SegmentTransactions transactions() {
        return transactions;
    }

    /** Bytes of batches; readers take it from their snapshot for the segment being written. */
    long sizeInBytes() {
        return size;
    }

    /** Wall time of the first append since the segment began or was loaded; -1 before it. */
    long firstAppendMs() {
        return firstAppendMs;
    }

    /** Makes this the segment that is written to, with the indexes given. */
    void activate(Indexes indexes, boolean filesMatch) {
        active = indexes;
        offsetEntriesWritten = filesMatch ? indexes.offsets.count() : 0;
        timeEntriesWritten = filesMatch ? indexes.times.count() : 0;
        int last = indexes.times.count() - 1;
        if (last >= 0) {
            noteTimestamp(
                    indexes.times.timestamp(last), baseOffset + indexes.times.relativeOffset(last));
        }
    }

    boolean indexFull(int maxIndexBytes) {
        Indexes indexes = active;
        return indexes != null
                && (indexes.offsets.sizeInBytes() > maxIndexBytes - OffsetIndex.ENTRY_BYTES
                        || indexes.times.sizeInBytes() > maxIndexBytes - TimeIndex.ENTRY_BYTES);
    }

    /** Takes note of a batch that has been written at the end. */
    void appended(int batchBytes, long lastOffset, long batchMaxTimestamp, int indexIntervalBytes) {
        Indexes indexes = writable();
        long position = size;
        noteTimestamp(batchMaxTimestamp, lastOffset);
        if (bytesSinceEntry > indexIntervalBytes && position <= Integer.MAX_VALUE) {
            int relative = (int) (lastOffset - baseOffset);
            indexes.offsets.append(relative, (int) position);
            indexes.times.appendIfLater(maxTimestamp, (int) (offsetOfMaxTimestamp - baseOffset));
            bytesSinceEntry = 0;
        }
        bytesSinceEntry += batchBytes;
        size = position + batchBytes;
    }

    void noteFirstAppend(long wallMs) {
        if (firstAppendMs < 0) {
            firstAppendMs = wallMs;
        }
    }

    private void noteTimestamp(long timestampMs, long lastOffset) {
        if (timestampMs > maxTimestamp) {
            maxTimestamp = timestampMs;
            offsetOfMaxTimestamp = lastOffset;
        }
    }

    /** Writes index entries out when a page of them has gathered, aborted transactions at once. */
    void writeIndexesIfDue() throws IOException {
        transactions.write();
        if (writable().offsets.count() - offsetEntriesWritten >= ENTRIES_PER_WRITE) {
            writeIndexes();
        }
    }

    /** Writes the index entries that the files do not have yet. */
    void writeIndexes() throws IOException {
        transactions.write();
        Indexes indexes = writable();
        int offsets = indexes.offsets.count();
        writeTail(
                LogFileNames.INDEX,
                indexes.offsets.bytesFrom(offsetEntriesWritten),
                (long) offsetEntriesWritten * OffsetIndex.ENTRY_BYTES);
        offsetEntriesWritten = offsets;
        int times = indexes.times.count();
        writeTail(
                LogFileNames.TIME_INDEX,
                indexes.times.bytesFrom(timeEntriesWritten),
                (long) timeEntriesWritten * TimeIndex.ENTRY_BYTES);
        timeEntriesWritten = times;
    }

    /** The files hold just these entries, also where they were longer before. */
    private void writeTail(String suffix, ByteBuffer entries, long position) throws IOException {
        long end = position + entries.remaining();
        try (LogFile index = dir.open(path(suffix), true)) {
            if (entries.hasRemaining()) {
                index.write(new ByteBuffer[] {entries}, position);
            }
            if (index.size() > end) {
                index.truncate(end);
            }
        }
    }

    /** Nothing more is written here; {@link #finishIndexes()} came before. */
    void seal() {
        sealed = new SoftReference<>(writable());
        active = null;
        transactions.seal();
    }

    /**
     * Writes the indexes out, the time index ending with the highest timestamp, as a later load
     * expects. More may be appended afterwards.
     */
    void finishIndexes() throws IOException {
        if (maxTimestamp >= 0 && size > 0) {
            writable().times.appendIfLater(maxTimestamp, (int) (offsetOfMaxTimestamp - baseOffset));
        }
        writeIndexes();
    }

    /** Highest timestamp of the segment, or -1 if it has no records with one. */
    long maxTimestamp() throws IOException {
        if (active == null && maxTimestamp < 0) {
            TimeIndex times = indexes().times;
            maxTimestamp = times.count() == 0 ? -1 : times.timestamp(times.count() - 1);
        }
        return maxTimestamp;
    }

    /**
     * The first batch that ends at or beyond the offset, or null if there is none before the end.
     */
    @Nullable BatchPosition find(long offset, long endPosition) throws IOException {
        int start = indexes().offsets.positionFor(offset - baseOffset);
        try (OpenFile open = file.acquire();
                BatchScanner scanner =
                        new BatchScanner(
                                open.file(),
                                start,
                                endPosition,
                                BatchScanner.LOOKUP_WINDOW_BYTES)) {
            while (scanner.next()) {
                if (scanner.lastOffset() >= offset) {
                    return new BatchPosition(
                            scanner.position(),
                            scanner.sizeInBytes(),
                            scanner.baseOffset(),
                            scanner.lastOffset());
                }
            }
            return null;
        }
    }

    /** The indexes, read back or rebuilt if they are not in memory. */
    Indexes indexes() throws IOException {
        Indexes indexes = active;
        if (indexes == null) {
            indexes = sealed.get();
        }
        if (indexes == null) {
            indexes = readIndexes();
            if (indexes == null) {
                indexes = buildIndexes();
            }
            sealed = new SoftReference<>(indexes);
        }
        return indexes;
    }

    /** What the files hold, or null if they cannot be the indexes of this segment. */
    @Nullable Indexes readIndexes() throws IOException {
        byte[] offsets = dir.readWhole(path(LogFileNames.INDEX));
        byte[] times = dir.readWhole(path(LogFileNames.TIME_INDEX));
        if (offsets == null || times == null) {
            return null;
        }
        OffsetIndex offsetIndex = OffsetIndex.parse(offsets, size);
        TimeIndex timeIndex = TimeIndex.parse(times);
        return offsetIndex == null || timeIndex == null
                ? null
                : new Indexes(offsetIndex, timeIndex);
    }

    private Indexes buildIndexes() throws IOException {
        Indexes built = new Indexes(new OffsetIndex(), new TimeIndex());
        long latest = -1;
        long latestOffset = baseOffset;
        int since = 0;
        try (OpenFile open = file.acquire();
                BatchScanner scanner =
                        new BatchScanner(open.file(), 0, size, BatchScanner.SCAN_WINDOW_BYTES)) {
            while (scanner.next()) {
                if (scanner.maxTimestamp() > latest) {
                    latest = scanner.maxTimestamp();
                    latestOffset = scanner.lastOffset();
                }
                if (since > TopicConfigKeys.DEFAULT_INDEX_INTERVAL_BYTES
                        && scanner.position() <= Integer.MAX_VALUE) {
                    built.offsets.append(
                            (int) (scanner.lastOffset() - baseOffset), (int) scanner.position());
                    built.times.appendIfLater(latest, (int) (latestOffset - baseOffset));
                    since = 0;
                }
                since += scanner.sizeInBytes();
            }
        }
        if (latest >= 0) {
            built.times.appendIfLater(latest, (int) (latestOffset - baseOffset));
        }
        return built;
    }

    /** Cuts batches off; the caller has dropped their index entries with {@link #activate}. */
    void truncate(long toBytes) throws IOException {
        try (OpenFile open = file.acquire()) {
            open.file().truncate(toBytes);
        }
        size = toBytes;
    }

    void setSize(long bytes) {
        size = bytes;
    }

    /** Makes batches and indexes survive a power loss. Any thread. */
    void force() throws IOException {
        try (OpenFile open = file.acquire()) {
            open.file().force();
        }
        transactions.force();
    }

    /** Renames the files to {@code .deleted}; reads in flight go on. */
    void markDeleted() throws IOException {
        Path target = deletedPath(LogFileNames.LOG);
        dir.rename(file.path(), target);
        file.moved(target);
        for (String suffix : INDEX_SUFFIXES) {
            if (dir.readWhole(path(suffix)) != null) {
                dir.rename(path(suffix), deletedPath(suffix));
            }
        }
        transactions.rename(deletedPath(LogFileNames.TRANSACTION_INDEX));
    }

    /** Removes the files after {@link #markDeleted()}. Any thread. */
    void removeFiles() throws IOException {
        file.close();
        dir.delete(deletedPath(LogFileNames.LOG));
        for (String suffix : INDEX_SUFFIXES) {
            dir.delete(deletedPath(suffix));
        }
        dir.delete(deletedPath(LogFileNames.TRANSACTION_INDEX));
    }

    Path path(String suffix) {
        return directory.resolve(LogFileNames.of(baseOffset, suffix));
    }

    private Path deletedPath(String suffix) {
        return directory.resolve(LogFileNames.of(baseOffset, suffix) + LogFileNames.DELETED);
    }

    private Indexes writable() {
        Indexes indexes = active;
        if (indexes == null) {
            throw new IllegalStateException(file + " is not the segment being written");
        }
        return indexes;
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
