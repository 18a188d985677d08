package io.millrace.base.loop;

/** Told once when an event of a loop threw; the loop has stopped by then. */
@FunctionalInterface
public interface LoopFailureListener {
    void loopFailed(EventLoop loop, Throwable cause);
}
