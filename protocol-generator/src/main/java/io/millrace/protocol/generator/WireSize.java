package io.millrace.protocol.generator;

/** Smallest sizes on the wire; a reader checks array counts against them before it allocates. */
final class WireSize {
    private WireSize() {}

    /** Fewest bytes of one element of an array field, over the versions that carry the field. */
    static int minElementBytes(MessageSchema message, StructSchema owner, FieldSchema field) {
        FieldType element = ((FieldType.ListOf) field.type()).element();
        VersionRange versions = field.versions().intersect(owner.versions());
        int smallest = Integer.MAX_VALUE;
        for (int version = versions.lowest(); version <= versions.highest(); version++) {
            smallest = Math.min(smallest, minBytes(message, element, version));
        }
        return Math.max(1, smallest);
    }

    private static int minBytes(MessageSchema message, FieldType type, int version) {
        boolean flexible = message.flexible().contains(version);
        if (type instanceof FieldType.Primitive primitive) {
            return primitive.minBytes(flexible);
        }
        if (type instanceof FieldType.ListOf) {
            return flexible ? 1 : 4;
        }
        int bytes = flexible ? 1 : 0;
        for (FieldSchema field : message.struct(((FieldType.Struct) type).name()).plainFields()) {
            if (field.versions().contains(version)) {
                boolean oneByteNull =
                        field.type() instanceof FieldType.Struct && !field.nullable().isEmpty();
                bytes += oneByteNull ? 1 : minBytes(message, field.type(), version);
            }
        }
        return bytes;
    }
}
