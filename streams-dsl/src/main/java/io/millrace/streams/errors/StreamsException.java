package io.millrace.streams.errors;

/** Something a stream job cannot go on from. The message names task, node and record. */
public class StreamsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StreamsException(String message) {
        super(message);
    }

    public StreamsException(String message, Throwable cause) {
        super(message, cause);
    }
}
