package io.millrace.base.loop;

import io.millrace.base.time.Clock;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An event loop on a thread of its own. The queue has no bound: what may pile up is bounded where
 * it enters (bytes in flight per connection, pending requests per owner).
 */
public final class ThreadedEventLoop implements EventLoop, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(ThreadedEventLoop.class);
    private static final int QUEUE_CHUNK = 1024;

    /** Events run before timers are looked at again. */
    private static final int BATCH_EVENTS = 256;

    private final Clock clock;
    private final LoopFailureListener failureListener;
    private final MpscUnboundedArrayQueue<Runnable> queue =
            new MpscUnboundedArrayQueue<>(QUEUE_CHUNK);
    private final TimerQueue timers = new TimerQueue();
    private final ArrayDeque<Runnable> endOfBatch = new ArrayDeque<>();
    private final Thread thread;
    private volatile boolean parked;
    private volatile boolean closing;

    private ThreadedEventLoop(String name, Clock clock, LoopFailureListener failureListener) {
        this.clock = clock;
        this.failureListener = failureListener;
        this.thread = new Thread(this::run, name); // gate: this is the thread adapter
        this.thread.setDaemon(true);
    }

    /** A running loop whose thread bears {@code name}. */
    public static ThreadedEventLoop start(
            String name, Clock clock, LoopFailureListener failureListener) {
        ThreadedEventLoop loop = new ThreadedEventLoop(name, clock, failureListener);
        loop.thread.start();
        return loop;
    }

    @Override
    public String name() {
        return thread.getName();
    }

    @Override
    public void post(Runnable event) {
        if (closing) {
            if (inLoop()) {
                return;
            }
            throw new LoopClosedException(name());
        }
        queue.offer(event);
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public Timer schedule(long delayMs, Runnable event) {
        TimerQueue.Entry entry =
                new TimerQueue.Entry(clock.nanos() + TimeUnit.MILLISECONDS.toNanos(delayMs), event);
        execute(() -> timers.add(entry));
        return entry;
    }

    @Override
    public void atEndOfBatch(Runnable action) {
        assertInLoop();
        endOfBatch.add(action);
    }

    @Override
    public boolean inLoop() {
        return Thread.currentThread() == thread;
    }

    @Override
    public Clock clock() {
        return clock;
    }

    /**
     * Takes no more events, runs those queued, and waits for the thread to end. Timers do not run
     * any more.
     */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        if (inLoop()) {
            return;
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (true) {
                boolean ranEvents = runBatch();
                if (!ranEvents && closing && queue.isEmpty()) {
                    return;
                }
                if (!ranEvents) {
                    parkUntilNextEvent();
                }
            }
        } catch (Throwable failure) {
            closing = true;
            LOGGER.atError()
                    .addKeyValue("loop", name())
                    .setCause(failure)
                    .log("event failed; loop stopped");
            failureListener.loopFailed(this, failure);
        }
    }

    private boolean runBatch() {
        int ran = 0;
        @Nullable Runnable event;
        while (ran < BATCH_EVENTS && (event = queue.poll()) != null) {
            event.run();
            ran++;
        }
        long now = clock.nanos();
        while (!closing && (event = timers.pollDue(now)) != null) {
            event.run();
            ran++;
        }
        while ((event = endOfBatch.poll()) != null) {
            event.run();
            ran++;
        }
        return ran > 0;
    }

    private void parkUntilNextEvent() {
        parked = true;
        try {
            // INVARIANT: parked is set before the queue is looked at again, so a poster either sees
            // it or we see the event.
            if (queue.isEmpty() && !closing) {
                long nanos = timers.nanosToNext(clock.nanos());
                if (nanos == Long.MAX_VALUE) {
                    LockSupport.park(this);
                } else if (nanos > 0) {
                    LockSupport.parkNanos(this, nanos);
                }
            }
        } finally {
            parked = false;
        }
    }
}
