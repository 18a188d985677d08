package io.millrace.system.faults;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/** One client at work in a thread of its own, until it is told to finish. */
abstract class Work implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Thread thread;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean finishing;

    Work(String name) {
        thread = new Thread(this::run, name);
    }

    final Work begin() {
        thread.start();
        return this;
    }

    final String name() {
        return thread.getName();
    }

    final boolean isFinishing() {
        return finishing;
    }

    final void finish() {
        finishing = true;
    }

    /** Works until {@link #isFinishing}; what it throws is a defect of this program. */
    abstract void work() throws Exception;

    private void run() {
        try {
            work();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable e) {
            failure.set(e);
        }
    }

    /** Waits until it has finished; fails as it did. */
    @Override
    public final void close() {
        finish();
        try {
            thread.join(PATIENCE.toMillis());
            if (thread.isAlive()) {
                StringBuilder where = new StringBuilder();
                for (StackTraceElement element : thread.getStackTrace()) {
                    where.append("\n    at ").append(element);
                }
                thread.interrupt();
                throw new IllegalStateException(name() + " does not finish:" + where);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure.get() != null) {
            throw new IllegalStateException(name() + " failed", failure.get());
        }
    }
}
