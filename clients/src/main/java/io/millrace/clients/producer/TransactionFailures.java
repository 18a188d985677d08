package io.millrace.clients.producer;

import io.millrace.clients.ClientException;
import io.millrace.clients.HasErrorCode;
import io.millrace.clients.cluster.Failures;
import io.millrace.protocol.error.ErrorCode;

/** What failures mean for a transactional producer: try again, abort, or stop. */
final class TransactionFailures {
    private final ProducerConfig config;
    private final String transactionalId;

    TransactionFailures(ProducerConfig config, String transactionalId) {
        this.config = config;
        this.transactionalId = transactionalId;
    }

    /** Name of the producer for messages. */
    String name() {
        return "transactional.id=" + transactionalId;
    }

    /**
     * A coordinator's answer as an exception: retriable, abortable or fatal.
     *
     * @param doing what was asked for: {@code "committing"}
     */
    ClientException of(ErrorCode error, String doing) {
        String what = name() + ": " + doing;
        return switch (error) {
            case INVALID_PRODUCER_EPOCH, PRODUCER_FENCED -> fenced(Failures.of(error, what));
            case INVALID_TXN_STATE ->
                    // Of a commit: nothing of ours is open, so nothing of it was committed.
                    abortable(
                            Failures.of(
                                    error,
                                    "%s: it may have taken longer than transaction.timeout.ms=%d"
                                            .formatted(what, config.transactionTimeoutMs())));
            case TRANSACTION_ABORTABLE,
                    INVALID_PRODUCER_ID_MAPPING,
                    UNKNOWN_PRODUCER_ID,
                    FENCED_INSTANCE_ID,
                    UNKNOWN_MEMBER_ID,
                    ILLEGAL_GENERATION,
                    STALE_MEMBER_EPOCH,
                    GROUP_AUTHORIZATION_FAILED,
                    TOPIC_AUTHORIZATION_FAILED,
                    OFFSET_METADATA_TOO_LARGE,
                    OPERATION_NOT_ATTEMPTED ->
                    abortable(Failures.of(error, what));
            case INVALID_TRANSACTION_TIMEOUT ->
                    fatal(
                            Failures.of(
                                    error,
                                    "%s: transaction.timeout.ms=%d is above the cluster's"
                                                    .formatted(what, config.transactionTimeoutMs())
                                            + " transaction.max.timeout.ms"));
            default ->
                    error.retriable() ? Failures.of(error, what) : fatal(Failures.of(error, what));
        };
    }

    /** What a batch that failed means for its transaction. */
    ClientException ofBatch(ClientException failure) {
        if (failure instanceof FatalProducerException) {
            return failure;
        }
        ErrorCode error = HasErrorCode.of(failure).orElse(ErrorCode.NONE);
        return switch (error) {
            case PRODUCER_FENCED -> fenced(failure);
            case TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                    CLUSTER_AUTHORIZATION_FAILED,
                    UNSUPPORTED_VERSION,
                    UNSUPPORTED_FOR_MESSAGE_FORMAT ->
                    fatal(failure);
            // INVALID_PRODUCER_EPOCH too: only the coordinator knows whether we were fenced.
            default -> abortable(failure);
        };
    }

    TransactionAbortableException abortable(Throwable cause) {
        return new TransactionAbortableException(
                cause.getMessage()
                        + ". The transaction cannot be committed: call abortTransaction and run it"
                        + " again",
                cause);
    }

    FatalProducerException fatal(Throwable cause) {
        return new FatalProducerException(
                cause.getMessage() + ". This producer cannot go on: close it", cause);
    }

    private ProducerFencedException fenced(Throwable cause) {
        return new ProducerFencedException(
                ("%s: fenced (%s): another producer with this id was started, or the transaction"
                     + " took longer than transaction.timeout.ms=%d. Close this producer")
                        .formatted(name(), cause.getMessage(), config.transactionTimeoutMs()),
                cause);
    }
}
