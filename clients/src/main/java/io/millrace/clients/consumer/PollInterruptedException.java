package io.millrace.clients.consumer;

/** The polling thread was interrupted; its interrupt flag stays set. */
public final class PollInterruptedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PollInterruptedException() {
        super("interrupted inside a call of the consumer");
    }
}
