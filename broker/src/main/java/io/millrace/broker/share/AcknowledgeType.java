package io.millrace.broker.share;

import java.util.Optional;

/** What a member says of a record that it was given; ids are the protocol's. */
enum AcknowledgeType {
    /** There is no record at this offset. */
    GAP,
    /** Processed. */
    ACCEPT,
    /** Not processed; somebody else may try. */
    RELEASE,
    /** Cannot be processed; nobody shall try again. */
    REJECT,
    /** Still being processed: the lock begins anew. */
    RENEW;

    /** Empty for a number that means nothing. */
    static Optional<AcknowledgeType> of(byte id) {
        return id >= 0 && id < values().length ? Optional.of(values()[id]) : Optional.empty();
    }
}
