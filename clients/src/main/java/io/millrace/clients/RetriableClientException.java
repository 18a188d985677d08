package io.millrace.clients;

import org.jspecify.annotations.Nullable;

/** A failure that is expected to pass: trying again is reasonable. */
public class RetriableClientException extends ClientException {
    private static final long serialVersionUID = 1L;

    public RetriableClientException(String message) {
        super(message);
    }

    public RetriableClientException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
