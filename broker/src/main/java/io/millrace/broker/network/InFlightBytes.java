package io.millrace.broker.network;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of all requests that are being handled, over all connections. When the bound is reached,
 * connections stop reading until some are answered; nothing is refused. Used from all connection
 * loops.
 */
final class InFlightBytes {
    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();
    private final ConcurrentLinkedQueue<Runnable> waiting = new ConcurrentLinkedQueue<>();

    InFlightBytes(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    void add(long count) {
        bytes.addAndGet(count);
    }

    void release(long count) {
        if (bytes.addAndGet(-count) < maxBytes) {
            @Nullable Runnable resume;
            while ((resume = waiting.poll()) != null) {
                resume.run();
            }
        }
    }

    boolean exhausted() {
        return bytes.get() >= maxBytes;
    }

    /** Runs {@code resume} once bytes are free again; perhaps at once, from any thread. */
    void whenFree(Runnable resume) {
        waiting.add(resume);
        if (!exhausted() && waiting.remove(resume)) {
            resume.run();
        }
    }
}
