package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;

/** How a client of any age is told that a newer instance of its producer exists. */
final class ProducerFencing {
    private ProducerFencing() {}

    /**
     * The code that the client understands: PRODUCER_FENCED came late (KIP-588), and those before
     * know INVALID_PRODUCER_EPOCH only.
     *
     * @param firstWithFenced first version of the API whose clients know it
     */
    static ErrorCode shown(ErrorCode error, short version, int firstWithFenced) {
        return error == ErrorCode.PRODUCER_FENCED && version < firstWithFenced
                ? ErrorCode.INVALID_PRODUCER_EPOCH
                : error;
    }
}
