package io.millrace.broker.log;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of a log in its files: batches, offset index, time index, aborted transactions. Changed
 * by the partition's owner only; readers on any thread use it within the bounds of a {@link
 * LogSnapshot}. The indexes of the segment being written are held firmly, those of older ones
 * softly, and read back on demand. A segment that compaction writes bears a suffix on its names
 * until it is in the log.
 */
public final class LogSegment {
    /** Index entries gathered before they are written: a page of the file. */
    private static final int ENTRIES_PER_WRITE = 512;

    private static final List<String> INDEX_SUFFIXES =
            List.of(LogFileNames.INDEX, LogFileNames.TIME_INDEX);

    private static final long UNREAD = -2;

    private final LogDir dir;
    private final OpenFileTable files;
    private final Path directory;
    private final long baseOffset;

    /** How many segments had this base offset before. */
    private final int generation;

    private final SegmentFile file;
    private final SegmentTransactions transactions;
    private volatile String nameSuffix;
    private volatile long size;
    private volatile long maxTimestamp = -1;
    private long offsetOfMaxTimestamp;
    private volatile long firstTimestamp = UNREAD;
    private volatile boolean removed;
    private volatile @Nullable Indexes active;

    /** Of a segment that is about to be replaced: its index files will be another's. */
    private volatile @Nullable Indexes held;

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
        this(dir, files, directory, baseOffset, fileBytes, "", 0);
    }

    private LogSegment(
            LogDir dir,
            OpenFileTable files,
            Path directory,
            long baseOffset,
            long fileBytes,
            String nameSuffix,
            int generation) {
        this.dir = dir;
        this.files = files;
        this.directory = directory;
        this.baseOffset = baseOffset;
        this.nameSuffix = nameSuffix;
        this.generation = generation;
        this.size = Math.max(0, fileBytes);
        this.offsetOfMaxTimestamp = baseOffset;
        this.file =
                new SegmentFile(
                        dir,
                        files,
                        directory.resolve(
                                LogFileNames.of(baseOffset, LogFileNames.LOG) + nameSuffix),
                        fileBytes < 0);
        file.checkedFrom(Math.max(0, fileBytes));
        this.transactions =
                new SegmentTransactions(dir, path(LogFileNames.TRANSACTION_INDEX), baseOffset);
    }

    /** An empty segment that is to take the place of this one. */
    LogSegment successor() {
        LogSegment cleaned =
                new LogSegment(
                        dir,
                        files,
                        directory,
                        baseOffset,
                        -1,
                        LogFileNames.CLEANED,
                        generation + 1);
        cleaned.activate(new Indexes(new OffsetIndex(), new TimeIndex()), false);
        return cleaned;
    }

    public long baseOffset() {
        return baseOffset;
    }

    public SegmentFile file() {
        return file;
    }

    /** What was aborted by markers in this segment. */
    SegmentTransactions transactions() {
        return transactions;
    }

    /** Bytes of batches; readers take it from their snapshot for the segment being written. */
    public long sizeInBytes() {
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

    /** Highest timestamp of the first batch, or -1 if there is none. May look into the file. */
    public long firstTimestamp() throws IOException {
        if (firstTimestamp == UNREAD && size > 0) {
            try (SegmentScan scan = scan(BatchScanner.LOOKUP_WINDOW_BYTES)) {
                firstTimestamp = scan.next() ? scan.maxTimestamp() : -1;
            }
        }
        return Math.max(firstTimestamp, -1);
    }

    /** Walks all batches; for segments that are not being written any more. */
    public SegmentScan scan(int windowBytes) throws IOException {
        return new SegmentScan(this, windowBytes);
    }

    /** Aborted transactions whose markers are in this segment. */
    public List<AbortedTransaction> abortedTransactions() throws IOException {
        List<AbortedTransaction> aborted = new ArrayList<>();
        transactions.index().collect(0, Long.MAX_VALUE, aborted);
        return aborted;
    }

    /** Bytes of the larger index. */
    public long indexBytes() throws IOException {
        Indexes indexes = indexes();
        return Math.max(indexes.offsets.sizeInBytes(), indexes.times.sizeInBytes());
    }

    /** Highest timestamp of the segment, or -1 if it has no records with one. */
    public long maxTimestamp() throws IOException {
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
        try {
            return find(offset, start, endPosition);
        } catch (DamagedLogException e) {
            if (start == 0) {
                throw e;
            }
            // Perhaps it is the index that lies; reading all shows whether it is the records.
            return find(offset, 0, endPosition);
        }
    }

    private @Nullable BatchPosition find(long offset, int start, long endPosition)
            throws IOException {
        long next = start == 0 ? baseOffset : offset;
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
                next = scanner.lastOffset() + 1;
            }
            if (scanner.nextPosition() < endPosition) {
                throw new DamagedLogException(
                        new LogDamage(next, file.path(), scanner.nextPosition(), "no whole batch"));
            }
            return null;
        }
    }

    /** The indexes, read back or rebuilt if they are not in memory. */
    Indexes indexes() throws IOException {
        Indexes indexes = active;
        if (indexes == null) {
            indexes = held;
        }
        if (indexes == null) {
            indexes = sealed.get();
        }
        if (indexes == null) {
            indexes = readIndexes();
            if (indexes == null) {
                indexes = buildIndexes();
            }
            Indexes now = held;
            if (now != null) {
                return now; // What was read may have been another segment's already.
            }
            sealed = new SoftReference<>(indexes);
        }
        return indexes;
    }

    /** Keeps the indexes in memory from now on: their files will soon be another segment's. */
    void holdIndexes() throws IOException {
        held = indexes();
        transactions.hold();
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

    /**
     * Cuts batches off together with their index entries and forces that to the device. The segment
     * is to be read again afterwards; this object is of no use any more.
     *
     * @param endOffset of the batches that stay
     */
    void cut(long toBytes, long endOffset) throws IOException {
        Indexes kept = indexes();
        kept.offsets.truncate(endOffset - baseOffset);
        kept.times.truncate(endOffset - baseOffset);
        activate(kept, false);
        writeIndexes();
        transactions.truncate(endOffset);
        truncate(toBytes);
        force();
        file.close();
    }

    void setSize(long bytes) {
        size = bytes;
    }

    /** Makes the batches survive a power loss. Any thread. */
    void force() throws IOException {
        if (removed) {
            return; // Nobody will read it again, and its file may be gone.
        }
        try (OpenFile open = file.acquire()) {
            open.file().force();
        }
        transactions.force();
    }

    /** Makes the indexes survive a power loss, for segments that no recovery will look at. */
    void forceIndexes() throws IOException {
        for (String suffix : List.of(LogFileNames.INDEX, LogFileNames.TIME_INDEX)) {
            try (LogFile index = dir.open(path(suffix), false)) {
                index.force();
            }
        }
    }

    /** Renames the files to {@code .deleted}; reads in flight go on. */
    void markDeleted() throws IOException {
        removed = true;
        // Segments of the same base offset may follow each other sooner than their files go.
        rename(generation == 0 ? LogFileNames.DELETED : "." + generation + LogFileNames.DELETED);
    }

    /** Gives all files another suffix; the batches last, without which the others mean nothing. */
    void rename(String suffix) throws IOException {
        for (String kind : INDEX_SUFFIXES) {
            try {
                dir.rename(path(kind), directory.resolve(nameOf(kind) + suffix));
            } catch (NoSuchFileException e) {
                continue; // Not every segment has every index.
            }
        }
        transactions.rename(directory.resolve(nameOf(LogFileNames.TRANSACTION_INDEX) + suffix));
        file.moveTo(directory.resolve(nameOf(LogFileNames.LOG) + suffix));
        nameSuffix = suffix;
    }

    /** Removes the files. Any thread. */
    void removeFiles() throws IOException {
        removed = true;
        file.close();
        dir.delete(path(LogFileNames.LOG));
        for (String suffix : INDEX_SUFFIXES) {
            dir.delete(path(suffix));
        }
        dir.delete(path(LogFileNames.TRANSACTION_INDEX));
    }

    private String nameOf(String kind) {
        return LogFileNames.of(baseOffset, kind);
    }

    LogDir dir() {
        return dir;
    }

    Path directory() {
        return directory;
    }

    Path path(String suffix) {
        return directory.resolve(nameOf(suffix) + nameSuffix);
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
