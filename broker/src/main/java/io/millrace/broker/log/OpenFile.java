package io.millrace.broker.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;

/** An open file with a count of its users. The last one to release closes it. Any thread. */
final class OpenFile implements AutoCloseable {
    private final LogFile file;
    private final AtomicInteger users = new AtomicInteger(1);

    /** The caller is the first user. */
    OpenFile(LogFile file) {
        this.file = file;
    }

    LogFile file() {
        return file;
    }

    /** False if the file has been closed meanwhile. */
    boolean tryRetain() {
        while (true) {
            int count = users.get();
            if (count == 0) {
                return false;
            }
            if (users.compareAndSet(count, count + 1)) {
                return true;
            }
        }
    }

    void release() {
        if (users.decrementAndGet() == 0) {
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException("closing a file failed", e);
            }
        }
    }

    /** Releases, so that a use reads as a try block. */
    @Override
    public void close() {
        release();
    }
}
