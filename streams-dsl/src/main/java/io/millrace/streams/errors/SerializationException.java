package io.millrace.streams.errors;

/** Bytes that hold no such value, or a value that has no bytes. */
public class SerializationException extends StreamsException {
    private static final long serialVersionUID = 1L;

    public SerializationException(String message) {
        super(message);
    }

    public SerializationException(String message, Throwable cause) {
        super(message, cause);
    }
}
