package io.millrace.metadata.record;

/** A broker left for good: an operator removed it. */
public record UnregisterBroker(int brokerId, long brokerEpoch) implements MetadataRecord {

    @Override
    public RecordType type() {
        return RecordType.UNREGISTER_BROKER;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeInt(brokerId);
        out.writeLong(brokerEpoch);
    }

    static UnregisterBroker readBody(RecordInput in) {
        return new UnregisterBroker(in.readInt(), in.readLong());
    }
}
