package io.millrace.protocol.generator;

import io.millrace.protocol.generator.FieldType.Primitive;
import java.util.ArrayList;
import java.util.List;

/** Writes the members of one structure: fields, accessors, setters, and the wire methods. */
final class StructWriter {
    private final MessageSchema message;
    private final StructSchema struct;
    private final JavaSource out;

    StructWriter(MessageSchema message, StructSchema struct, JavaSource out) {
        this.message = message;
        this.struct = struct;
        this.out = out;
    }

    void write(boolean withIsDefault) {
        for (FieldSchema field : struct.fields()) {
            String literal = DefaultValue.literal(field);
            out.line(
                    "private {} {}{};",
                    javaType(field),
                    field.name(),
                    literal.equals("null") ? "" : " = " + literal);
        }
        out.line("");
        struct.fields().forEach(this::writeAccessors);
        new ReadMethod(message, struct, out).write();
        out.line("");
        new WriteMethod(message, struct, out).write();
        out.line("");
        if (withIsDefault) {
            writeIsDefault();
        }
        writeToString();
    }

    private void writeAccessors(FieldSchema field) {
        if (isThrottleTime(field)) {
            out.line("@Override");
        }
        out.line("public {} {}() {", javaType(field), field.name());
        out.line("return this.{};", field.name());
        out.line("}");
        out.line("");
        out.line("public {} {}({} value) {", struct.name(), field.name(), javaType(field));
        out.line("this.{} = value;", field.name());
        out.line("return this;");
        out.line("}");
        out.line("");
    }

    private boolean isThrottleTime(FieldSchema field) {
        return message.kind() == MessageSchema.Kind.RESPONSE
                && message.isRoot(struct)
                && field.name().equals("throttleTimeMs");
    }

    private static String javaType(FieldSchema field) {
        if (!field.isJavaNullable()) {
            return field.type().javaType();
        }
        return field.type() == Primitive.BYTES
                ? "byte @Nullable []"
                : "@Nullable " + field.type().javaType();
    }

    private void writeIsDefault() {
        List<String> others = new ArrayList<>();
        struct.fields().forEach(field -> others.add(DefaultValue.isOther(field)));
        out.line("boolean isDefault() {");
        out.line("return !({});", String.join(" || ", others));
        out.line("}");
        out.line("");
    }

    private void writeToString() {
        List<String> parts = new ArrayList<>();
        for (FieldSchema field : struct.fields()) {
            String value = "this." + field.name();
            String shown =
                    field.type() == Primitive.BYTES || field.type() == Primitive.RECORDS
                            ? "WireReader.sizeOf(" + value + ")"
                            : value;
            parts.add("\"" + (parts.isEmpty() ? "" : ", ") + field.name() + "=\" + " + shown);
        }
        String body = parts.isEmpty() ? "" : String.join(" + ", parts) + " + ";
        out.line("@Override");
        out.line("public String toString() {");
        out.line("return \"{}(\" + {}\")\";", struct.name(), body);
        out.line("}");
    }
}
