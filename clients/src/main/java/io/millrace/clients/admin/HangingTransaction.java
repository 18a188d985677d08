package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;

/**
 * An open transaction in one partition that its coordinator will not end.
 *
 * @param coordinatorEpoch at least that of the last marker in the partition; 0 if there is none
 */
public record HangingTransaction(
        TopicPartition partition, long producerId, short producerEpoch, int coordinatorEpoch) {}
