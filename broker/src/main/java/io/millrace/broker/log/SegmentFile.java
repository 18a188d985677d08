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

    SegmentFile(LogDir dir, OpenFileTable table, Path path) {
        this.dir = dir;
        this.table = table;
        this.path = path;
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
            OpenFile fresh = new OpenFile(dir.open(path));
            fresh.tryRetain();
            if (current.compareAndSet(open, fresh)) {
                used = true;
                table.opened(this);
                return fresh;
            }
            fresh.release();
            fresh.release();
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
