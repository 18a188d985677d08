package io.millrace.metadata.image;

import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.Reassignment;
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
        int partitionEpoch,
        Reassignment moving,
        List<Integer> lastKnownElr,
        List<UUID> directories) {

    /** A partition that rests where it is, in directories that nobody named. */
    public PartitionImage(
            List<Integer> replicas,
            List<Integer> isr,
            List<Integer> elr,
            int leader,
            int leaderEpoch,
            int partitionEpoch) {
        this(
                replicas,
                isr,
                elr,
                leader,
                leaderEpoch,
                partitionEpoch,
                Reassignment.NONE,
                List.of(),
                List.of());
    }

    static PartitionImage of(PartitionRecord record) {
        return new PartitionImage(
                record.replicas(),
                record.isr(),
                record.elr(),
                record.leader(),
                record.leaderEpoch(),
                record.partitionEpoch(),
                record.moving(),
                record.lastKnownElr(),
                record.directories());
    }

    /** The partition after the change. */
    public PartitionImage with(PartitionChange change) {
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
                change.partitionEpoch(),
                change.moving() == null ? moving : change.moving(),
                change.lastKnownElr() == null ? lastKnownElr : change.lastKnownElr(),
                change.directories() == null ? directories : change.directories());
    }

    /** The same partition as a broker sees it that may not act for its leader. */
    public PartitionImage withoutLeader() {
        return new PartitionImage(
                replicas,
                isr,
                elr,
                PartitionRecord.NO_LEADER,
                leaderEpoch,
                partitionEpoch,
                moving,
                lastKnownElr,
                directories);
    }

    public boolean hasLeader() {
        return leader != PartitionRecord.NO_LEADER;
    }

    public OptionalInt leaderId() {
        return hasLeader() ? OptionalInt.of(leader) : OptionalInt.empty();
    }

    /**
     * Log directory of the replica on this node; {@link PartitionRecord#NO_DIRECTORY} if it has
     * none or nobody said.
     */
    public UUID directory(int nodeId) {
        int at = directories.isEmpty() ? -1 : replicas.indexOf(nodeId);
        return at < 0 ? PartitionRecord.NO_DIRECTORY : directories.get(at);
    }

    PartitionRecord toRecord(UUID topicId, int index) {
        return new PartitionRecord(
                topicId,
                index,
                replicas,
                isr,
                elr,
                leader,
                leaderEpoch,
                partitionEpoch,
                moving,
                lastKnownElr,
                directories);
    }
}
