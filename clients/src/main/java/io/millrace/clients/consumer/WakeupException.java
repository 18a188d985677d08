package io.millrace.clients.consumer;

/** Another thread called {@code wakeup}. The consumer is as usable as before. */
public final class WakeupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WakeupException() {
        super("woken up by another thread");
    }
}
