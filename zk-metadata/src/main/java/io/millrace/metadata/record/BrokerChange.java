package io.millrace.metadata.record;

/**
 * A registered broker was fenced, unfenced, or began its controlled shutdown.
 *
 * @param brokerEpoch registration this is about; an older registration's change is refused
 */
public record BrokerChange(
        int brokerId, long brokerEpoch, boolean fenced, boolean inControlledShutdown)
        implements MetadataRecord {

    @Override
    public RecordType type() {
        return RecordType.BROKER_CHANGE;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeInt(brokerId);
        out.writeLong(brokerEpoch);
        out.writeBoolean(fenced);
        out.writeBoolean(inControlledShutdown);
    }

    static BrokerChange readBody(RecordInput in) {
        return new BrokerChange(in.readInt(), in.readLong(), in.readBoolean(), in.readBoolean());
    }
}
