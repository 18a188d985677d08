package io.millrace.broker.log;

/**
 * What a log tells of one of its idempotent producers; -1 stands for what is not known.
 *
 * @param lastTimestampMs of its last batch or marker
 * @param coordinatorEpoch of its last transaction marker
 * @param transactionFirstOffset where its open transaction begins here
 */
public record ProducerState(
        long producerId,
        short epoch,
        int lastSequence,
        long lastTimestampMs,
        int coordinatorEpoch,
        long transactionFirstOffset) {}
