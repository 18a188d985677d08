package io.millrace.protocol.compress;

/** Bytes that are not what their codec writes. */
public class DecompressionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DecompressionException(String message) {
        super(message);
    }

    public DecompressionException(String message, Throwable cause) {
        super(message, cause);
    }
}
