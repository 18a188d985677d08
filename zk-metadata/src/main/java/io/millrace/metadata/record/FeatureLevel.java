package io.millrace.metadata.record;

/** The cluster agreed on a level of a feature; 0 switches it off. */
public record FeatureLevel(String name, int level) implements MetadataRecord {

    @Override
    public RecordType type() {
        return RecordType.FEATURE_LEVEL;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeString(name);
        out.writeInt(level);
    }

    static FeatureLevel readBody(RecordInput in) {
        return new FeatureLevel(in.readString(), in.readInt());
    }
}
