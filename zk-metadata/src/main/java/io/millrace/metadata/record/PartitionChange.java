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
 * @param moving the reassignment under way from now on; {@link Reassignment#NONE} ends it
 * @param directories as in {@link PartitionRecord}; goes with {@code replicas} when those change
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
        boolean unclean,
        @Nullable Reassignment moving,
        @Nullable List<Integer> lastKnownElr,
        @Nullable List<UUID> directories)
        implements MetadataRecord {
    private static final int REPLICAS = 1;
    private static final int ISR = 2;
    private static final int ELR = 4;
    private static final int LEADER = 8;
    private static final int UNCLEAN = 16;
    private static final int MOVING = 32;
    private static final int LAST_KNOWN_ELR = 64;
    private static final int DIRECTORIES = 128;
    private static final int OF_VERSION_0 = REPLICAS | ISR | ELR | LEADER | UNCLEAN;

    public PartitionChange {
        replicas = replicas == null ? null : List.copyOf(replicas);
        isr = isr == null ? null : List.copyOf(isr);
        elr = elr == null ? null : List.copyOf(elr);
        lastKnownElr = lastKnownElr == null ? null : List.copyOf(lastKnownElr);
        directories = directories == null ? null : List.copyOf(directories);
        if (index < 0 || partitionEpoch < 1) {
            throw new IllegalArgumentException(
                    "change of " + topicId + "-" + index + " to epoch " + partitionEpoch);
        }
    }

    /** A change of nothing that version 0 cannot hold. */
    public PartitionChange(
            UUID topicId,
            int index,
            int partitionEpoch,
            @Nullable List<Integer> replicas,
            @Nullable List<Integer> isr,
            @Nullable List<Integer> elr,
            @Nullable Integer leader,
            boolean unclean) {
        this(topicId, index, partitionEpoch, replicas, isr, elr, leader, unclean, null, null, null);
    }

    @Override
    public RecordType type() {
        return RecordType.PARTITION_CHANGE;
    }

    @Override
    public int version() {
        return (mask() & ~OF_VERSION_0) == 0 ? 0 : 1;
    }

    private int mask() {
        return (replicas == null ? 0 : REPLICAS)
                | (isr == null ? 0 : ISR)
                | (elr == null ? 0 : ELR)
                | (leader == null ? 0 : LEADER)
                | (unclean ? UNCLEAN : 0)
                | (moving == null ? 0 : MOVING)
                | (lastKnownElr == null ? 0 : LAST_KNOWN_ELR)
                | (directories == null ? 0 : DIRECTORIES);
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeUuid(topicId);
        out.writeInt(index);
        out.writeInt(partitionEpoch);
        out.writeInt(mask());
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
        if (moving != null) {
            moving.write(out);
        }
        if (lastKnownElr != null) {
            out.writeInts(lastKnownElr);
        }
        if (directories != null) {
            out.writeUuids(directories);
        }
    }

    static PartitionChange readBody(RecordInput in, int version) {
        UUID topicId = in.readUuid();
        int index = in.readInt();
        int partitionEpoch = in.readInt();
        int mask = in.readInt();
        if (version == 0 && (mask & ~OF_VERSION_0) != 0) {
            throw in.corrupt("change of " + topicId + "-" + index + " has parts " + mask);
        }
        return new PartitionChange(
                topicId,
                index,
                partitionEpoch,
                (mask & REPLICAS) != 0 ? in.readInts() : null,
                (mask & ISR) != 0 ? in.readInts() : null,
                (mask & ELR) != 0 ? in.readInts() : null,
                (mask & LEADER) != 0 ? Integer.valueOf(in.readIntOrNone()) : null,
                (mask & UNCLEAN) != 0,
                (mask & MOVING) != 0 ? Reassignment.read(in) : null,
                (mask & LAST_KNOWN_ELR) != 0 ? in.readInts() : null,
                (mask & DIRECTORIES) != 0 ? in.readUuids() : null);
    }
}
