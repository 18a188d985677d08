package io.millrace.metadata.record;

/**
 * The first record of every controller epoch: this node leads from here on. Readers learn the epoch
 * in-band, and nothing of an older epoch may follow it.
 */
public record ControllerClaim(int nodeId, int controllerEpoch) implements MetadataRecord {
    public ControllerClaim {
        if (nodeId < 0 || controllerEpoch < 1) {
            throw new IllegalArgumentException(
                    "controller claim of node " + nodeId + " for epoch " + controllerEpoch);
        }
    }

    @Override
    public RecordType type() {
        return RecordType.CONTROLLER_CLAIM;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeInt(nodeId);
        out.writeInt(controllerEpoch);
    }

    static ControllerClaim readBody(RecordInput in) {
        return new ControllerClaim(in.readInt(), in.readInt());
    }
}
