package io.millrace.base.loop;

import io.millrace.base.time.Clock;

/**
 * The one owner of some mutable objects: a queue of events that runs them one after the other.
 * Outsiders post; the owner's methods begin with {@link #assertInLoop()}. An event that throws
 * stops the loop and reports to its failure listener, because an owner with a bug must not go on
 * with half-changed state.
 */
public interface EventLoop {

    /** Name for logs and thread dumps. */
    String name();

    /**
     * Queues an event behind all that were posted before. From any thread. What an event posts to
     * its own loop while that loop closes is dropped: an event that repeats itself ends so.
     *
     * @throws LoopClosedException if the loop no longer takes events
     */
    void post(Runnable event);

    /** Runs the event on the loop after {@code delayMs}. From any thread. */
    Timer schedule(long delayMs, Runnable event);

    /**
     * Runs the action once, after the events that are queued now: the place for one gathering write
     * after many appends. Only on the loop.
     */
    void atEndOfBatch(Runnable action);

    /** Whether the calling thread is running this loop now. */
    boolean inLoop();

    /** Time as this loop sees it. */
    Clock clock();

    /**
     * Throws if the caller is not on the loop: state of the owner was about to be touched from
     * outside.
     */
    default void assertInLoop() {
        if (!inLoop()) {
            throw new IllegalStateException(
                    "not on loop " + name() + " but on " + Thread.currentThread().getName());
        }
    }

    /** Runs now when already on the loop, else posts. */
    default void execute(Runnable event) {
        if (inLoop()) {
            event.run();
        } else {
            post(event);
        }
    }

    /** A pending {@link #schedule}. */
    interface Timer {
        /**
         * Stops the event from running, if it has not begun. From any thread; more than once is
         * harmless.
         */
        void cancel();
    }
}
