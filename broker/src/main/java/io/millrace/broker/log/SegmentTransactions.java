package io.millrace.broker.log;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The {@link TransactionIndex} of one segment and its file, which exists only if something was
 * aborted. Changed by the partition's owner; read by any thread. Held firmly while it is written,
 * softly afterwards.
 */
final class SegmentTransactions {
    private static final TransactionIndex NONE = new TransactionIndex();

    private final LogDir dir;
    private final long baseOffset;
    private volatile Path file;
    private volatile boolean any;
    private volatile @Nullable TransactionIndex writing;
    private volatile SoftReference<TransactionIndex> cached = new SoftReference<>(null);

    /** Of a segment that is about to be replaced: its file will be another's. */
    private volatile @Nullable TransactionIndex heldForReaders;

    private int written;
    private volatile boolean unforced;

    SegmentTransactions(LogDir dir, Path file, long baseOffset) {
        this.dir = dir;
        this.file = file;
        this.baseOffset = baseOffset;
    }

    /** A file was found when the directory was read. */
    void found(long bytes) {
        any = bytes > 0;
    }

    /** Whether something was aborted here; says no quickly. */
    boolean isEmpty() {
        return !any;
    }

    /** The index, read back if it is not in memory. */
    TransactionIndex index() throws IOException {
        if (!any) {
            return NONE;
        }
        TransactionIndex held = writing;
        if (held == null) {
            held = heldForReaders;
        }
        if (held == null) {
            held = cached.get();
        }
        if (held == null) {
            held = read(Long.MAX_VALUE);
            TransactionIndex now = heldForReaders;
            if (now != null) {
                return now; // What was read may have been another segment's already.
            }
            if (held == null) {
                throw new IOException(file + " is damaged; the next start builds it again");
            }
            cached = new SoftReference<>(held);
        }
        return held;
    }

    /** Keeps the index in memory from now on: the file will soon be another segment's. */
    void hold() throws IOException {
        heldForReaders = index();
    }

    private @Nullable TransactionIndex read(long endOffset) throws IOException {
        byte[] bytes = dir.readWhole(file);
        return bytes == null ? null : TransactionIndex.parse(bytes, baseOffset, endOffset);
    }

    /** Whether the file can be that of this segment; there is nothing to be wrong without one. */
    boolean isSane(long endOffset) throws IOException {
        return !any || read(endOffset) != null;
    }

    /** Drops what is marked at or beyond the offset, also from the file; more may be appended. */
    void truncate(long offset) throws IOException {
        if (!any) {
            return;
        }
        TransactionIndex kept = offset <= baseOffset ? new TransactionIndex() : index();
        kept.truncate(offset);
        if (kept.count() == 0) {
            dir.delete(file);
        } else {
            try (LogFile open = dir.open(file, true)) {
                open.truncate((long) kept.count() * TransactionIndex.ENTRY_BYTES);
            }
        }
        written = kept.count();
        writing = kept;
        any = kept.count() > 0;
    }

    /** More may be aborted here from now on. */
    void activate() throws IOException {
        if (any && writing == null) {
            TransactionIndex held = index();
            written = held.count();
            writing = held;
        }
    }

    /** Takes note of a marker; {@link #write()} puts it into the file. */
    void append(AbortedTransaction aborted) {
        TransactionIndex index = writing;
        if (index == null) {
            if (any) {
                throw new IllegalStateException(file + " is not the index being written");
            }
            index = new TransactionIndex();
            written = 0;
            writing = index;
        }
        index.append(aborted);
        any = true;
    }

    /** Writes what the file does not have yet. */
    void write() throws IOException {
        TransactionIndex index = writing;
        if (index == null || index.count() == written) {
            return;
        }
        int count = index.count();
        try (LogFile open = dir.open(file, true)) {
            unforced = true;
            open.write(
                    new ByteBuffer[] {index.bytesFrom(written)},
                    (long) written * TransactionIndex.ENTRY_BYTES);
        }
        written = count;
    }

    /** Offset of the first marker that is not in the file yet; the largest there is, if all are. */
    long firstUnwritten() {
        TransactionIndex index = writing;
        return index == null || index.count() == written
                ? Long.MAX_VALUE
                : index.entry(written).lastOffset();
    }

    /** Nothing more is aborted here. */
    void seal() {
        TransactionIndex index = writing;
        if (index != null && index.count() == written) {
            cached = new SoftReference<>(index);
            writing = null;
        }
    }

    /** Makes what was written survive a power loss. Any thread. */
    void force() throws IOException {
        if (unforced) {
            unforced = false;
            try (LogFile open = dir.open(file, true)) {
                open.force();
            }
        }
    }

    /** Gives the file another name, if there is one. */
    void rename(Path to) throws IOException {
        if (any) {
            dir.rename(file, to);
        }
        file = to;
    }
}
