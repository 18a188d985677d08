package io.millrace.metadata.image;

import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.PartitionRecord;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * State of one partition; parts as in {@link PartitionRecord}.
 *
 * @param leader node id, or {@link PartitionRecord#NO_LEADER}
 */
public record PartitionImage(
        List<Integer> replicas,
        List<Integer> isr,
        List<Integer> elr,
        int leader,
        int leaderEpoch,
        int partitionEpoch) {

    static PartitionImage of(PartitionRecord record) {
        return new PartitionImage(
                record.replicas(),
                record.isr(),
                record.elr(),
                record.leader(),
                record.leaderEpoch(),
                record.partitionEpoch());
    }

    PartitionImage with(PartitionChange change) {
        // INVARIANT: epochs never repeat (M4); a change that does not follow is a foreign write.
        if (change.partitionEpoch() != partitionEpoch + 1) {
            throw new IllegalStateException(
                    change.topicId()
                            + "-"
                            + change.index()
                            + ": change to partition epoch "
                            + change.partitionEpoch()
                            + " does not follow epoch "
                            + partitionEpoch);
        }
        Integer newLeader = change.leader();
        return new PartitionImage(
                change.replicas() == null ? replicas : change.replicas(),
                change.isr() == null ? isr : change.isr(),
                change.elr() == null ? elr : change.elr(),
                newLeader == null ? leader : newLeader,
                newLeader == null ? leaderEpoch : leaderEpoch + 1,
                change.partitionEpoch());
    }

    public boolean hasLeader() {
        return leader != PartitionRecord.NO_LEADER;
    }

    public OptionalInt leaderId() {
        return hasLeader() ? OptionalInt.of(leader) : OptionalInt.empty();
    }

    PartitionRecord toRecord(UUID topicId, int index) {
        return new PartitionRecord(
                topicId, index, replicas, isr, elr, leader, leaderEpoch, partitionEpoch);
    }
}
