package io.millrace.protocol.generator;

import java.util.List;

/**
 * A structure: the message itself or one nested in it.
 *
 * @param versions versions of the message in which it occurs
 */
record StructSchema(String name, VersionRange versions, List<FieldSchema> fields) {
    StructSchema {
        fields = List.copyOf(fields);
    }

    /** Untagged fields in wire order. */
    List<FieldSchema> plainFields() {
        return fields.stream().filter(field -> !field.isTagged()).toList();
    }

    /** Tagged fields by ascending tag, the order on the wire. */
    List<FieldSchema> taggedFields() {
        return fields.stream()
                .filter(FieldSchema::isTagged)
                .sorted(java.util.Comparator.comparingInt(FieldSchema::tag))
                .toList();
    }
}
