package io.millrace.clients.consumer;

import java.util.ConcurrentModificationException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Lets one thread at a time use the consumer. Its calls nest: listeners call back in. */
final class SingleUser {
    private final AtomicReference<@Nullable Thread> user = new AtomicReference<>();
    private int depth;
    private volatile boolean closed;

    /**
     * @throws IllegalStateException after {@link #close()}
     * @throws ConcurrentModificationException if another thread is inside
     */
    void enter() {
        if (closed) {
            throw new IllegalStateException("the consumer is closed");
        }
        Thread now = Thread.currentThread();
        if (user.get() != now && !user.compareAndSet(null, now)) {
            throw new ConcurrentModificationException(
                    "the consumer is in use by another thread; only wakeup may be called from"
                            + " here");
        }
        depth++;
    }

    void leave() {
        if (--depth == 0) {
            user.set(null);
        }
    }

    /** Does something inside. */
    void inside(Runnable call) {
        enter();
        try {
            call.run();
        } finally {
            leave();
        }
    }

    void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }
}
