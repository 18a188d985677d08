package io.millrace.metadata.record;

import java.util.UUID;

/** A topic began to exist. Its id is its identity; the name may be used again after removal. */
public record TopicCreated(UUID id, String name) implements MetadataRecord {
    public TopicCreated {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("topic " + id + " has no name");
        }
    }

    @Override
    public RecordType type() {
        return RecordType.TOPIC_CREATED;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeUuid(id);
        out.writeString(name);
    }

    static TopicCreated readBody(RecordInput in) {
        return new TopicCreated(in.readUuid(), in.readString());
    }
}
