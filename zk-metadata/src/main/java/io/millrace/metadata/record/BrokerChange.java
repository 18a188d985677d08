package io.millrace.metadata.record;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A registered broker was fenced, unfenced, began its controlled shutdown, or lost a log directory.
 *
 * @param brokerEpoch registration this is about; an older registration's change is refused
 * @param directories log directories that work, if they are others than before
 */
public record BrokerChange(
        int brokerId,
        long brokerEpoch,
        boolean fenced,
        boolean inControlledShutdown,
        @Nullable List<UUID> directories)
        implements MetadataRecord {
    public BrokerChange {
        directories = directories == null ? null : List.copyOf(directories);
    }

    /** A change that leaves the directories as they are. */
    public BrokerChange(
            int brokerId, long brokerEpoch, boolean fenced, boolean inControlledShutdown) {
        this(brokerId, brokerEpoch, fenced, inControlledShutdown, null);
    }

    @Override
    public RecordType type() {
        return RecordType.BROKER_CHANGE;
    }

    @Override
    public int version() {
        return directories == null ? 0 : 1;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeInt(brokerId);
        out.writeLong(brokerEpoch);
        out.writeBoolean(fenced);
        out.writeBoolean(inControlledShutdown);
        if (directories != null) {
            out.writeUuids(directories);
        }
    }

    static BrokerChange readBody(RecordInput in, int version) {
        return new BrokerChange(
                in.readInt(),
                in.readLong(),
                in.readBoolean(),
                in.readBoolean(),
                version == 0 ? null : in.readUuids());
    }
}
