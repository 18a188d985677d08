package io.millrace.metadata.record;

import java.util.UUID;

/** A topic, its partitions and its configuration ceased to exist. The id never comes back. */
public record RemoveTopic(UUID id) implements MetadataRecord {

    @Override
    public RecordType type() {
        return RecordType.REMOVE_TOPIC;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeUuid(id);
    }

    static RemoveTopic readBody(RecordInput in) {
        return new RemoveTopic(in.readUuid());
    }
}
