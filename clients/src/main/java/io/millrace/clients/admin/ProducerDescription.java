package io.millrace.clients.admin;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a partition's leader remembers of a producer.
 *
 * @param lastSequence -1 if it sent no numbered record, as on the wire
 * @param coordinatorEpoch of the last marker
 * @param currentTransactionStart first offset of its open transaction here
 */
public record ProducerDescription(
        long producerId,
        int producerEpoch,
        int lastSequence,
        OptionalLong lastTimestampMs,
        OptionalInt coordinatorEpoch,
        OptionalLong currentTransactionStart) {}
