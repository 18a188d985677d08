package io.millrace.system.differential;

import java.util.UUID;

/** A topic of a sequence, as the reference told of it. */
final class Topic {
    final String name;
    UUID id;
    int partitions;

    /** Whether its records need keys. */
    final boolean compacted;

    /** Whether it still is there. */
    boolean exists = true;

    Topic(String name, UUID id, int partitions, boolean compacted) {
        this.name = name;
        this.id = id;
        this.partitions = partitions;
        this.compacted = compacted;
    }
}
