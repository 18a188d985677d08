package io.millrace.streams.errors;

/** A state store that is not there, is closed, or is of another kind. */
public class InvalidStateStoreException extends StreamsException {
    private static final long serialVersionUID = 1L;

    public InvalidStateStoreException(String message) {
        super(message);
    }

    public InvalidStateStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
