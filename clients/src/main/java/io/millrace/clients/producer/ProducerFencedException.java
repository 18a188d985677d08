package io.millrace.clients.producer;

import org.jspecify.annotations.Nullable;

/**
 * The transactional id belongs to somebody else now: a producer that initialised it later, or
 * nobody since the coordinator ended a transaction that took too long. Close this producer.
 */
public final class ProducerFencedException extends FatalProducerException {
    private static final long serialVersionUID = 1L;

    public ProducerFencedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
