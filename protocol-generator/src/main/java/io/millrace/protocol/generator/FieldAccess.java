package io.millrace.protocol.generator;

/** What a read or write method needs to know to treat one field inside one structure. */
record FieldAccess(MessageSchema message, StructSchema owner, FieldSchema field) {

    /** Versions of the structure in which the field occurs. */
    VersionRange versions() {
        return field.versions().intersect(owner.versions());
    }

    /** Condition on {@code version} under which the field is on the wire. */
    String presence() {
        return field.versions().condition(owner.versions());
    }

    /** Condition on {@code version} under which it may be null. */
    String nullability() {
        return field.nullable().condition(versions());
    }

    /** Java expression: lengths of this field are compact. */
    String compact() {
        if (field.flexible().isPresent()) {
            return field.flexible().get().condition(versions());
        }
        return flexible(message, owner);
    }

    /** Java expression for the structure: {@code "true"}, {@code "false"} or the local variable. */
    static String flexible(MessageSchema message, StructSchema owner) {
        String condition = message.flexible().condition(owner.versions());
        return condition.equals("true") || condition.equals("false") ? condition : "flexible";
    }

    /** Name of the field in error messages, as a Java literal. */
    String path() {
        return '"' + plainPath(message, owner) + "." + field.name() + '"';
    }

    /** Name of the structure in error messages, as a Java literal. */
    static String structPath(MessageSchema message, StructSchema struct) {
        return '"' + plainPath(message, struct) + '"';
    }

    private static String plainPath(MessageSchema message, StructSchema struct) {
        return message.isRoot(struct) ? message.name() : message.name() + "." + struct.name();
    }
}
