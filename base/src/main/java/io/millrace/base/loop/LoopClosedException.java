package io.millrace.base.loop;

/** An event was posted to a loop that was closed or has stopped after a failure. */
public final class LoopClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LoopClosedException(String loop) {
        super("loop " + loop + " is closed and takes no more events");
    }
}
