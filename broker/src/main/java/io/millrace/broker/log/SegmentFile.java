package io.millrace.broker.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A file that is opened when first used and may be closed whenever nobody uses it. Any thread may
 * {@link #acquire()}; a user in the middle of a transfer keeps its channel, whatever happens here.
 */
public final class SegmentFile {
    private final LogDir dir;
    private final OpenFileTable table;
    private final AtomicReference<@Nullable OpenFile> current = new AtomicReference<>();
    private volatile Path path;
    private volatile boolean used;

    /** Held open while the name changes: another file may take the old name at once. */
    private volatile @Nullable OpenFile moving;

    /** Whether the file may be missing because nothing was written yet. */
    private volatile boolean fresh;

    /** Bytes from here on were written or checked by this process, those before it were not. */
    private volatile long foundBytes;

    /** Bytes before it have been read and found good since. */
    private volatile long checkedBytes;

    SegmentFile(LogDir dir, OpenFileTable table, Path path, boolean fresh) {
        this.dir = dir;
        this.table = table;
        this.path = path;
        this.fresh = fresh;
    }

    Path path() {
        return path;
    }

    /** The bytes from here on are known to be good; what was found before them is not. */
    void checkedFrom(long position) {
        foundBytes = position;
    }

    /** Whether some of the bytes come from before this process and nobody has checked them. */
    boolean isUnchecked(long position, long size) {
        return position < foundBytes
                && (position < checkedBytes
                        ? Math.min(position + size, foundBytes) > checkedBytes
                        : size > 0);
    }

    /** The bytes were read and are good. */
    void checked(long position, long size) {
        if (position <= checkedBytes) {
            // Two at once may undo each other's progress: then something is checked twice.
            checkedBytes = Math.max(checkedBytes, position + size);
        }
    }

    /** The open file; the caller releases it. */
    OpenFile acquire() throws IOException {
        while (true) {
            OpenFile open = current.get();
            if (open != null && open.tryRetain()) {
                used = true;
                return open;
            }
            OpenFile held = moving;
            if (held != null && held.tryRetain()) {
                return held;
            }
            OpenFile opened = openAt(path);
            if (opened == null) {
                continue;
            }
            opened.tryRetain();
            if (current.compareAndSet(open, opened)) {
                used = true;
                fresh = false;
                table.opened(this);
                return opened;
            }
            opened.release();
            opened.release();
        }
    }

    /** Null if the name changed meanwhile, so that it may be the name of another file by now. */
    private @Nullable OpenFile openAt(Path at) throws IOException {
        OpenFile opened;
        try {
            opened = new OpenFile(dir.open(at, fresh));
        } catch (IOException e) {
            if (isMovedFrom(at)) {
                return null;
            }
            throw e;
        }
        if (isMovedFrom(at)) {
            opened.release();
            return null;
        }
        return opened;
    }

    private boolean isMovedFrom(Path at) {
        return moving != null || !at.equals(path);
    }

    /** Gives up the cached channel; transfers in flight keep it until they end. */
    void close() {
        OpenFile open = current.getAndSet(null);
        if (open != null) {
            table.closed(this);
            open.release();
        }
    }

    /** Gives the file a new name; whoever reads it, or begins to meanwhile, reads the same file. */
    void moveTo(Path to) throws IOException {
        try (OpenFile open = acquire()) {
            // INVARIANT: set before the old name is free and cleared after the new one is known.
            moving = open;
            try {
                dir.rename(path, to);
                path = to;
            } finally {
                moving = null;
            }
        }
    }

    boolean usedSinceLastLook() {
        boolean was = used;
        used = false;
        return was;
    }

    @Override
    public String toString() {
        return String.valueOf(path.getFileName());
    }
}
