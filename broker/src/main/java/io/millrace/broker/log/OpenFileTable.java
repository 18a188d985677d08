package io.millrace.broker.log;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds the files that are open without being used right now. When there are more, those not used
 * since the last round are closed; they open again when needed. Any thread.
 */
public final class OpenFileTable {
    private final int maxOpenFiles;
    private final AtomicInteger open = new AtomicInteger();
    private final ConcurrentLinkedQueue<SegmentFile> files = new ConcurrentLinkedQueue<>();

    public OpenFileTable(int maxOpenFiles) {
        if (maxOpenFiles < 1) {
            throw new IllegalArgumentException("at least one open file, got " + maxOpenFiles);
        }
        this.maxOpenFiles = maxOpenFiles;
    }

    /** Files held open now, those in use included. */
    public int openFiles() {
        return open.get();
    }

    void opened(SegmentFile file) {
        files.add(file);
        int turns = 2 * open.incrementAndGet();
        while (open.get() > maxOpenFiles && turns-- > 0) {
            SegmentFile oldest = files.poll();
            if (oldest == null) {
                return;
            }
            if (oldest.usedSinceLastLook()) {
                files.add(oldest);
            } else {
                oldest.close();
            }
        }
    }

    void closed(SegmentFile file) {
        files.remove(file);
        open.decrementAndGet();
    }
}
