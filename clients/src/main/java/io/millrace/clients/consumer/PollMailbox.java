package io.millrace.clients.consumer;

import io.millrace.base.time.Clock;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.cluster.Failures;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * How the network loop talks to the polling thread: it leaves tasks here, and the polling thread
 * runs them while it is inside a call of the consumer. Tasks only change the consumer's state; they
 * never call the user. The queue has no bound of its own: each task answers a request, and those
 * are bounded.
 */
final class PollMailbox implements Executor {
    private static final int QUEUE_CHUNK = 256;

    private final MpscUnboundedArrayQueue<Runnable> tasks =
            new MpscUnboundedArrayQueue<>(QUEUE_CHUNK);
    private volatile @Nullable Thread waiting;
    private volatile boolean wakeup;
    private boolean ignoring;

    /** Leaves a task. From any thread. */
    @Override
    public void execute(Runnable task) {
        tasks.offer(task);
        LockSupport.unpark(waiting);
    }

    /** Makes the next or present wait throw. From any thread. */
    void wakeup() {
        wakeup = true;
        LockSupport.unpark(waiting);
    }

    /** Runs what is there. Only on the polling thread. */
    void runPending() {
        Runnable task;
        while ((task = tasks.poll()) != null) {
            task.run();
        }
    }

    /**
     * Waits until there is a task or {@code nanos} passed, and runs what is there.
     *
     * @throws WakeupException once per {@link #wakeup()}
     */
    void await(long nanos) {
        waiting = Thread.currentThread();
        try {
            throwIfWoken();
            // INVARIANT: waiting is set before the queue is looked at, so a sender sees one or the
            // other.
            if (tasks.isEmpty() && nanos > 0) {
                LockSupport.parkNanos(this, nanos);
            }
        } finally {
            waiting = null;
        }
        throwIfWoken();
        runPending();
        if (Thread.currentThread().isInterrupted()) {
            throw new PollInterruptedException();
        }
    }

    /** From now on {@link #wakeup()} does nothing: the consumer is closing. */
    void ignoreWakeups() {
        ignoring = true;
    }

    void throwIfWoken() {
        if (wakeup && !ignoring) {
            wakeup = false;
            throw new WakeupException();
        }
    }

    /**
     * Waits on the polling thread for something that happens on the loop, running what comes in
     * meanwhile.
     *
     * @throws ClientTimeoutException when time is up
     */
    <T> T waitFor(CompletableFuture<T> future, long nanos, Clock clock) {
        CompletableFuture<T> here = deliver(future);
        long deadline = clock.nanos() + nanos;
        while (!here.isDone()) {
            long left = deadline - clock.nanos();
            if (left <= 0) {
                throw new ClientTimeoutException(
                        "no answer within " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms");
            }
            await(left);
        }
        try {
            return here.join();
        } catch (CompletionException e) {
            throw Failures.unwrap(e);
        }
    }

    /** A future that completes on the polling thread, within its calls. */
    <T> CompletableFuture<T> deliver(CompletableFuture<T> future) {
        CompletableFuture<T> here = new CompletableFuture<>();
        future.whenComplete(
                (value, error) ->
                        execute(
                                () -> {
                                    if (error == null) {
                                        here.complete(value);
                                    } else {
                                        here.completeExceptionally(error);
                                    }
                                }));
        return here;
    }
}
