package io.millrace.clients.cluster;

import io.millrace.clients.TopicPartition;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;

/**
 * A partition as the last metadata showed it.
 *
 * @param leader broker id; -1 while there is none, as on the wire
 * @param leaderEpoch -1 from brokers that do not say
 */
public record PartitionView(
        TopicPartition partition,
        int leader,
        int leaderEpoch,
        List<Integer> replicas,
        List<Integer> isr,
        ErrorCode error) {
    public boolean hasLeader() {
        return leader >= 0;
    }
}
