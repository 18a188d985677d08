package io.millrace.metadata.record;

/**
 * A broker received a range of producer ids that nobody else ever gets.
 *
 * @param nextProducerId first id that no block has covered yet; only grows
 */
public record ProducerIdBlock(int brokerId, long brokerEpoch, long nextProducerId)
        implements MetadataRecord {

    @Override
    public RecordType type() {
        return RecordType.PRODUCER_ID_BLOCK;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeInt(brokerId);
        out.writeLong(brokerEpoch);
        out.writeLong(nextProducerId);
    }

    static ProducerIdBlock readBody(RecordInput in) {
        return new ProducerIdBlock(in.readInt(), in.readLong(), in.readLong());
    }
}
