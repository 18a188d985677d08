package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The present transaction of a transactional id, or the last one.
 *
 * @param coordinator broker id
 * @param startTimeMs since the Unix epoch; empty if none is open
 * @param partitions those the transaction has touched and that have no marker yet
 */
public record TransactionDescription(
        int coordinator,
        String state,
        long producerId,
        int producerEpoch,
        int timeoutMs,
        OptionalLong startTimeMs,
        Set<TopicPartition> partitions) {
    public TransactionDescription {
        partitions = Set.copyOf(partitions);
    }
}
