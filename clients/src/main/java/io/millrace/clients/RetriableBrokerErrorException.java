package io.millrace.clients;

import io.millrace.protocol.error.ErrorCode;

/** A broker answered with an error that is expected to pass. */
public final class RetriableBrokerErrorException extends RetriableClientException
        implements HasErrorCode {
    private static final long serialVersionUID = 1L;

    private final ErrorCode error;

    public RetriableBrokerErrorException(ErrorCode error, String message) {
        super(message);
        this.error = error;
    }

    @Override
    public ErrorCode error() {
        return error;
    }
}
