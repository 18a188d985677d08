package io.millrace.metadata.record;

import java.util.List;
import java.util.UUID;

/**
 * The whole state of one partition: written when it is created, and in snapshots.
 *
 * @param index 0-based; a topic's partitions are written in order without gaps
 * @param replicas nodes that hold it, preferred leader first
 * @param isr in-sync replicas
 * @param elr eligible leader replicas: left the ISR while it was below the minimum, so they still
 *     hold everything acknowledged (KIP-966)
 * @param leader node that leads, {@link #NO_LEADER} if none can
 * @param leaderEpoch grows by one with every change of leader, never repeats for this topic id
 * @param partitionEpoch grows by one with every change of any of this
 */
public record PartitionRecord(
        UUID topicId,
        int index,
        List<Integer> replicas,
        List<Integer> isr,
        List<Integer> elr,
        int leader,
        int leaderEpoch,
        int partitionEpoch)
        implements MetadataRecord {
    public static final int NO_LEADER = -1;

    public PartitionRecord {
        replicas = List.copyOf(replicas);
        isr = isr.equals(replicas) ? replicas : List.copyOf(isr);
        elr = List.copyOf(elr);
        if (index < 0 || replicas.isEmpty() || leaderEpoch < 0 || partitionEpoch < 0) {
            throw new IllegalArgumentException(
                    topicId
                            + "-"
                            + index
                            + ": replicas "
                            + replicas
                            + ", leader epoch "
                            + leaderEpoch
                            + ", partition epoch "
                            + partitionEpoch);
        }
    }

    @Override
    public RecordType type() {
        return RecordType.PARTITION;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeUuid(topicId);
        out.writeInt(index);
        out.writeInts(replicas);
        out.writeInts(isr);
        out.writeInts(elr);
        out.writeIntOrNone(leader);
        out.writeInt(leaderEpoch);
        out.writeInt(partitionEpoch);
    }

    static PartitionRecord readBody(RecordInput in) {
        return new PartitionRecord(
                in.readUuid(),
                in.readInt(),
                in.readInts(),
                in.readInts(),
                in.readInts(),
                in.readIntOrNone(),
                in.readInt(),
                in.readInt());
    }
}
