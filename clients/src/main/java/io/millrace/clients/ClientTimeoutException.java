package io.millrace.clients;

import org.jspecify.annotations.Nullable;

/** The time allowed ran out. The request may still have been carried out. */
public final class ClientTimeoutException extends RetriableClientException {
    private static final long serialVersionUID = 1L;

    public ClientTimeoutException(String message) {
        super(message);
    }

    public ClientTimeoutException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
