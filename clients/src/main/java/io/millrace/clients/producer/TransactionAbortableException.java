package io.millrace.clients.producer;

import io.millrace.clients.ClientException;
import org.jspecify.annotations.Nullable;

/**
 * The running transaction cannot be committed any more. Call {@link Producer#abortTransaction} and
 * run it again; the producer stays usable.
 */
public final class TransactionAbortableException extends ClientException {
    private static final long serialVersionUID = 1L;

    public TransactionAbortableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
