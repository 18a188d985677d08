package io.millrace.clients.producer;

import io.millrace.clients.ClientException;
import org.jspecify.annotations.Nullable;

/** A transactional producer cannot go on. Close it, and create another if need be. */
public class FatalProducerException extends ClientException {
    private static final long serialVersionUID = 1L;

    public FatalProducerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
