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

    /** Whether the file may be missing because nothing was written yet. */
    private volatile boolean fresh;

    SegmentFile(LogDir dir, OpenFileTable table, Path path, boolean fresh) {
        this.dir = dir;
        this.table = table;
        this.path = path;
        this.fresh = fresh;
    }

    Path path() {
        return path;
    }

    /** The open file; the caller releases it. */
    OpenFile acquire() throws IOException {
        while (true) {
            OpenFile open = current.get();
            if (open != null && open.tryRetain()) {
                used = true;
                return open;
            }
            OpenFile opened = new OpenFile(dir.open(path, fresh));
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

    /** Gives up the cached channel; transfers in flight keep it until they end. */
    void close() {
        OpenFile open = current.getAndSet(null);
        if (open != null) {
            table.closed(this);
            open.release();
        }
    }

    /** The file has a new name; open channels are not affected. */
    void moved(Path to) {
        path = to;
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
