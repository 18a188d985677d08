package io.millrace.metadata.record;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What changed in one partition; absent parts stay as they are. Body: topic id, index, mask of the
 * parts present, then the parts in the order of the mask's bits.
 *
 * @param partitionEpoch the epoch after this change: exactly one more than before
 * @param leader new leader, which raises the leader epoch by one even if the node is the same;
 *     {@link PartitionRecord#NO_LEADER} if none can lead; null when leadership is untouched
 * @param unclean whether the leader was chosen outside ISR and ELR, so records may be lost
 */
public record PartitionChange(
        UUID topicId,
        int index,
        int partitionEpoch,
        @Nullable List<Integer> replicas,
        @Nullable List<Integer> isr,
        @Nullable List<Integer> elr,
        @Nullable Integer leader,
        boolean unclean)
        implements MetadataRecord {
    private static final int REPLICAS = 1;
    private static final int ISR = 2;
    private static final int ELR = 4;
    private static final int LEADER = 8;
    private static final int UNCLEAN = 16;

    public PartitionChange {
        replicas = replicas == null ? null : List.copyOf(replicas);
        isr = isr == null ? null : List.copyOf(isr);
        elr = elr == null ? null : List.copyOf(elr);
        if (index < 0 || partitionEpoch < 1) {
            throw new IllegalArgumentException(
                    "change of " + topicId + "-" + index + " to epoch " + partitionEpoch);
        }
    }

    @Override
    public RecordType type() {
        return RecordType.PARTITION_CHANGE;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeUuid(topicId);
        out.writeInt(index);
        out.writeInt(partitionEpoch);
        out.writeInt(
                (replicas == null ? 0 : REPLICAS)
                        | (isr == null ? 0 : ISR)
                        | (elr == null ? 0 : ELR)
                        | (leader == null ? 0 : LEADER)
                        | (unclean ? UNCLEAN : 0));
        if (replicas != null) {
            out.writeInts(replicas);
        }
        if (isr != null) {
            out.writeInts(isr);
        }
        if (elr != null) {
            out.writeInts(elr);
        }
        if (leader != null) {
            out.writeIntOrNone(leader);
        }
    }

    static PartitionChange readBody(RecordInput in) {
        UUID topicId = in.readUuid();
        int index = in.readInt();
        int partitionEpoch = in.readInt();
        int mask = in.readInt();
        return new PartitionChange(
                topicId,
                index,
                partitionEpoch,
                (mask & REPLICAS) != 0 ? in.readInts() : null,
                (mask & ISR) != 0 ? in.readInts() : null,
                (mask & ELR) != 0 ? in.readInts() : null,
                (mask & LEADER) != 0 ? Integer.valueOf(in.readIntOrNone()) : null,
                (mask & UNCLEAN) != 0);
    }
}
