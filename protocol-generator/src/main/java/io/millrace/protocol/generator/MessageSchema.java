package io.millrace.protocol.generator;

import java.util.List;

/**
 * A message with all its structures.
 *
 * @param apiKey key of a request or response, type number of a coordinator record, else -1
 * @param valid versions that can be read and written
 * @param flexible versions with compact lengths and tagged fields
 * @param unstableLatest whether the newest version is not to be served yet
 * @param root the message's own fields
 * @param structs nested structures, in order of first use
 */
record MessageSchema(
        String name,
        Kind kind,
        int apiKey,
        VersionRange valid,
        VersionRange flexible,
        boolean unstableLatest,
        boolean onBrokerListener,
        StructSchema root,
        List<StructSchema> structs) {

    /** What a schema describes. */
    enum Kind {
        REQUEST,
        RESPONSE,
        HEADER,
        DATA,
        COORDINATOR_KEY,
        COORDINATOR_VALUE
    }

    MessageSchema {
        structs = List.copyOf(structs);
    }

    StructSchema struct(String structName) {
        return structs.stream()
                .filter(struct -> struct.name().equals(structName))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException(name + " has no struct " + structName));
    }

    boolean isRoot(StructSchema struct) {
        return struct.name().equals(name);
    }

    /** First version with compact lengths, or -1. */
    int firstFlexible() {
        return flexible.isEmpty() ? -1 : flexible.lowest();
    }
}
