package io.millrace.clients.cluster;

import io.millrace.clients.TopicPartition;
import java.util.List;
import java.util.Optional;

/**
 * Who holds a partition. Nodes are broker ids.
 *
 * @param leader empty while there is none
 * @param replicas in order of preference
 * @param isr replicas in sync with the leader
 */
public record PartitionDescription(
        TopicPartition partition,
        Optional<Node> leader,
        List<Integer> replicas,
        List<Integer> isr) {
    public PartitionDescription {
        replicas = List.copyOf(replicas);
        isr = List.copyOf(isr);
    }
}
