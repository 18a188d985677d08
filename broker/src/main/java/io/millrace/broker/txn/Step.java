package io.millrace.broker.txn;

import org.jspecify.annotations.Nullable;

/**
 * What a rule decides: how the transaction goes on, and what its asker is told.
 *
 * @param next null if nothing changes
 */
record Step(@Nullable Transaction next, ProducerAnswer answer) {

    static Step refused(io.millrace.protocol.error.ErrorCode error) {
        return new Step(null, new ProducerAnswer.Refused(error));
    }

    static Step needsProducerId() {
        return new Step(null, new ProducerAnswer.NeedsProducerId());
    }
}
