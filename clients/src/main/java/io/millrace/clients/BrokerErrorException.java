package io.millrace.clients;

import io.millrace.protocol.error.ErrorCode;

/** A broker answered with an error that trying again will not change. */
public final class BrokerErrorException extends ClientException implements HasErrorCode {
    private static final long serialVersionUID = 1L;

    private final ErrorCode error;

    public BrokerErrorException(ErrorCode error, String message) {
        super(message);
        this.error = error;
    }

    @Override
    public ErrorCode error() {
        return error;
    }
}
