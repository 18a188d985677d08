package io.millrace.broker.network;

/** Bytes that are not a frame of the protocol; the connection must be closed. */
public final class MalformedFrameException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedFrameException(String message) {
        super(message);
    }
}
