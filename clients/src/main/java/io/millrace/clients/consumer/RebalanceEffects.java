package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Carries the group's decisions out on this consumer's partitions. Of the polling thread. */
final class RebalanceEffects implements GroupPartitions {
    private final AssignedPartitions assigned;
    private final Positions positions;
    private final Consumer<Set<TopicPartition>> commitBeforeRevoking;
    private final Consumer<Set<TopicPartition>> forget;
    private RebalanceListener listener = RebalanceListener.NONE;

    /**
     * @param commitBeforeRevoking commits if so configured
     * @param forget drops what was fetched
     */
    RebalanceEffects(
            AssignedPartitions assigned,
            Positions positions,
            Consumer<Set<TopicPartition>> commitBeforeRevoking,
            Consumer<Set<TopicPartition>> forget) {
        this.assigned = assigned;
        this.positions = positions;
        this.commitBeforeRevoking = commitBeforeRevoking;
        this.forget = forget;
    }

    void listener(RebalanceListener now) {
        listener = now;
    }

    @Override
    public Set<TopicPartition> owned() {
        return assigned.partitions();
    }

    @Override
    public void revokeAll() {
        revoke(owned());
    }

    @Override
    public void revokeUnsubscribed(Set<String> topics) {
        revoke(
                owned().stream()
                        .filter(partition -> !topics.contains(partition.topic()))
                        .collect(Collectors.toSet()));
    }

    @Override
    public void revoke(Set<TopicPartition> gone) {
        if (gone.isEmpty()) {
            return;
        }
        commitBeforeRevoking.accept(gone);
        try {
            listener.onPartitionsRevoked(gone);
        } finally {
            drop(gone);
        }
    }

    @Override
    public void lost() {
        Set<TopicPartition> gone = owned();
        if (gone.isEmpty()) {
            return;
        }
        try {
            listener.onPartitionsLost(gone);
        } finally {
            drop(gone);
        }
    }

    @Override
    public void assign(Set<TopicPartition> now, Set<TopicPartition> added) {
        assigned.retain(now);
        listener.onPartitionsAssigned(added);
    }

    /** All go back because the consumer closes; committing is done already. */
    void closing() {
        Set<TopicPartition> gone = owned();
        if (!gone.isEmpty()) {
            listener.onPartitionsRevoked(gone);
            drop(gone);
        }
    }

    private void drop(Set<TopicPartition> gone) {
        assigned.remove(gone);
        positions.stop(gone);
        forget.accept(gone);
    }
}
