package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import java.util.List;
import java.util.OptionalInt;

/**
 * Who holds a partition and who could lead it, as the cluster's metadata says. Broker ids.
 *
 * @param leader empty while nobody can lead
 * @param replicas in order of preference
 * @param isr replicas in sync with the leader
 * @param eligible not in sync, yet known to have every acknowledged record (KIP-966)
 * @param offline replicas on brokers or directories that are down
 */
public record PartitionState(
        TopicPartition partition,
        OptionalInt leader,
        int leaderEpoch,
        List<Integer> replicas,
        List<Integer> isr,
        List<Integer> eligible,
        List<Integer> offline) {
    public PartitionState {
        replicas = List.copyOf(replicas);
        isr = List.copyOf(isr);
        eligible = List.copyOf(eligible);
        offline = List.copyOf(offline);
    }

    /** Whether a replica is missing from those in sync. */
    public boolean isUnderReplicated() {
        return isr.size() < replicas.size();
    }
}
