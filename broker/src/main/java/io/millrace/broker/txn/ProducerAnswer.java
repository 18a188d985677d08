package io.millrace.broker.txn;

import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.protocol.error.ErrorCode;

/** What a shard says to a request that may give its sender a new producer id or epoch. */
public sealed interface ProducerAnswer {

    /** Done; the sender goes on as this instance. */
    record Given(ProducerIdAndEpoch producer) implements ProducerAnswer {}

    record Refused(ErrorCode error) implements ProducerAnswer {}

    /** Nothing was done: ask again with a producer id that nobody has had. */
    record NeedsProducerId() implements ProducerAnswer {}
}
