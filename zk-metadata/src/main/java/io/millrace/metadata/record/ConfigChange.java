package io.millrace.metadata.record;

import org.jspecify.annotations.Nullable;

/**
 * One configuration entry was set or removed.
 *
 * @param value null removes the entry, so that the default shines through again
 */
public record ConfigChange(ConfigResource resource, String key, @Nullable String value)
        implements MetadataRecord {

    @Override
    public RecordType type() {
        return RecordType.CONFIG_CHANGE;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeInt(resource.kind().id());
        out.writeString(resource.name());
        out.writeString(key);
        out.writeNullableString(value);
    }

    static ConfigChange readBody(RecordInput in) {
        ConfigResource resource =
                new ConfigResource(ConfigResource.Kind.of(in.readInt()), in.readString());
        return new ConfigChange(resource, in.readString(), in.readNullableString());
    }
}
