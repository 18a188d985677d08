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
 * @param moving the reassignment under way
 * @param lastKnownElr who was eligible or led last before ISR and ELR were both lost (KIP-966)
 * @param directories log directory of each replica, in their order, {@link #NO_DIRECTORY} where
 *     nobody said; empty when nobody said for any
 */
public record PartitionRecord(
        UUID topicId,
        int index,
        List<Integer> replicas,
        List<Integer> isr,
        List<Integer> elr,
        int leader,
        int leaderEpoch,
        int partitionEpoch,
        Reassignment moving,
        List<Integer> lastKnownElr,
        List<UUID> directories)
        implements MetadataRecord {
    public static final int NO_LEADER = -1;

    /** A replica whose log directory is not known. */
    public static final UUID NO_DIRECTORY = new UUID(0, 0);

    private static final int MOVING = 1;
    private static final int LAST_KNOWN_ELR = 2;
    private static final int DIRECTORIES = 4;

    public PartitionRecord {
        replicas = List.copyOf(replicas);
        isr = isr.equals(replicas) ? replicas : List.copyOf(isr);
        elr = List.copyOf(elr);
        lastKnownElr = List.copyOf(lastKnownElr);
        directories = List.copyOf(directories);
        if (!directories.isEmpty() && directories.size() != replicas.size()) {
            throw new IllegalArgumentException(
                    topicId + "-" + index + ": " + directories + " for replicas " + replicas);
        }
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

    /** A partition of which no part is that version 0 cannot hold. */
    public PartitionRecord(
            UUID topicId,
            int index,
            List<Integer> replicas,
            List<Integer> isr,
            List<Integer> elr,
            int leader,
            int leaderEpoch,
            int partitionEpoch) {
        this(
                topicId,
                index,
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

    @Override
    public RecordType type() {
        return RecordType.PARTITION;
    }

    @Override
    public int version() {
        return mask() == 0 ? 0 : 1;
    }

    private int mask() {
        return (moving.isUnderWay() ? MOVING : 0)
                | (lastKnownElr.isEmpty() ? 0 : LAST_KNOWN_ELR)
                | (directories.isEmpty() ? 0 : DIRECTORIES);
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
        if (version() == 0) {
            return;
        }
        out.writeInt(mask());
        if (moving.isUnderWay()) {
            moving.write(out);
        }
        if (!lastKnownElr.isEmpty()) {
            out.writeInts(lastKnownElr);
        }
        if (!directories.isEmpty()) {
            out.writeUuids(directories);
        }
    }

    static PartitionRecord readBody(RecordInput in, int version) {
        UUID topicId = in.readUuid();
        int index = in.readInt();
        List<Integer> replicas = in.readInts();
        List<Integer> isr = in.readInts();
        List<Integer> elr = in.readInts();
        int leader = in.readIntOrNone();
        int leaderEpoch = in.readInt();
        int partitionEpoch = in.readInt();
        int mask = version == 0 ? 0 : in.readInt();
        return new PartitionRecord(
                topicId,
                index,
                replicas,
                isr,
                elr,
                leader,
                leaderEpoch,
                partitionEpoch,
                (mask & MOVING) != 0 ? Reassignment.read(in) : Reassignment.NONE,
                (mask & LAST_KNOWN_ELR) != 0 ? in.readInts() : List.of(),
                (mask & DIRECTORIES) != 0 ? in.readUuids() : List.of());
    }
}
