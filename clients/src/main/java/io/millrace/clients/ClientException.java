package io.millrace.clients;

import org.jspecify.annotations.Nullable;

/**
 * A request that a client could not carry out. What the broker answered, if it did, is in the
 * message. {@link RetriableClientException} marks those that may succeed when tried again.
 */
public class ClientException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ClientException(String message) {
        super(message);
    }

    public ClientException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
