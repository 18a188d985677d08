package io.millrace.protocol.generator;

import io.millrace.protocol.generator.FieldType.Primitive;
import java.util.List;

/** Writes the {@code write} method of a structure. */
final class WriteMethod {
    private final MessageSchema message;
    private final StructSchema struct;
    private final JavaSource out;

    WriteMethod(MessageSchema message, StructSchema struct, JavaSource out) {
        this.message = message;
        this.struct = struct;
        this.out = out;
    }

    void write() {
        boolean root = message.isRoot(struct);
        if (root) {
            out.line("@Override");
        }
        out.line("{}void write(MessageSink out, short version) {", root ? "public " : "");
        if (root) {
            out.line(
                    "WireReader.checkVersion(\"{}\", version, LOWEST_VERSION, HIGHEST_VERSION);",
                    struct.name());
        }
        String flexible = FieldAccess.flexible(message, struct);
        if (flexible.equals("flexible")) {
            out.line("boolean flexible = {};", message.flexible().condition(struct.versions()));
        }
        for (FieldSchema field : struct.plainFields()) {
            writePlain(new FieldAccess(message, struct, field));
        }
        for (FieldSchema field : struct.taggedFields()) {
            refuseTagged(new FieldAccess(message, struct, field));
        }
        if (!flexible.equals("false")) {
            writeTags(flexible.equals("true"));
        }
        out.line("}");
    }

    private void writePlain(FieldAccess access) {
        String presence = access.presence();
        if (presence.equals("true")) {
            writeValue(access);
            return;
        }
        out.line("if ({}) {", presence);
        writeValue(access);
        if (!access.field().ignorable()) {
            out.line("} else if ({}) {", DefaultValue.isOther(access.field()));
            refuse(access);
        }
        out.line("}");
    }

    private void refuseTagged(FieldAccess access) {
        String presence = access.presence();
        if (!presence.equals("true") && !access.field().ignorable()) {
            out.line("if (!({}) && {}) {", presence, DefaultValue.isOther(access.field()));
            refuse(access);
            out.line("}");
        }
    }

    private void refuse(FieldAccess access) {
        out.line(
                "throw UnsupportedVersionException.ofField({}, version, \"{}\");",
                access.path(),
                access.field().versions());
    }

    private void writeValue(FieldAccess access) {
        FieldSchema field = access.field();
        String value = "this." + field.name();
        String nullability = access.nullability();
        if (field.isJavaNullable() && !nullability.equals("true")) {
            String inNonNullVersion =
                    nullability.equals("false") ? "" : " && !(" + nullability + ")";
            out.line("if ({} == null{}) {", value, inNonNullVersion);
            out.line("throw UnsupportedVersionException.ofNull({}, version);", access.path());
            out.line("}");
        }
        if (field.type() instanceof FieldType.ListOf list) {
            writeList(access, list, value);
        } else if (field.type() instanceof FieldType.Struct) {
            writeStruct(field, value);
        } else {
            Primitive type = (Primitive) field.type();
            String nullable = type.isVariable() && field.isJavaNullable() ? "Nullable" : "";
            out.line("{}", primitive(access, type, nullable, value));
        }
    }

    private void writeStruct(FieldSchema field, String value) {
        if (!field.isJavaNullable()) {
            out.line("{}.write(out, version);", value);
            return;
        }
        out.line("if ({} == null) {", value);
        // Inside a tagged field the marker is a varint, which cannot be negative.
        out.line("out.writeInt8((byte) {});", field.isTagged() ? 0 : -1);
        out.line("} else {");
        out.line("out.writeInt8((byte) 1);");
        out.line("{}.write(out, version);", value);
        out.line("}");
    }

    private static String primitive(
            FieldAccess access, Primitive type, String nullable, String value) {
        String compact = type.isVariable() ? ", " + access.compact() : "";
        return "out.write" + nullable + type.methodName() + "(" + value + compact + ");";
    }

    private void writeList(FieldAccess access, FieldType.ListOf list, String value) {
        boolean canBeNull = access.field().isJavaNullable();
        if (canBeNull) {
            out.line("if ({} == null) {", value);
            out.line("out.writeNullArray({});", access.compact());
            out.line("} else {");
        }
        out.line("out.writeCount({}.size(), {});", value, access.compact());
        out.line("for ({} element : {}) {", list.element().boxedType(), value);
        if (list.element() instanceof Primitive type) {
            out.line("{}", primitive(access, type, "", "element"));
        } else {
            out.line("element.write(out, version);");
        }
        out.line("}");
        if (canBeNull) {
            out.line("}");
        }
    }

    private void writeTags(boolean always) {
        List<FieldSchema> tagged = struct.taggedFields();
        if (!always) {
            out.line("if (flexible) {");
        }
        if (tagged.isEmpty()) {
            out.line("out.writeUnsignedVarint(0);");
        } else {
            out.line("int tags = 0;");
            for (FieldSchema field : tagged) {
                out.line("if ({}) {", isWritten(field));
                out.line("tags++;");
                out.line("}");
            }
            out.line("out.writeUnsignedVarint(tags);");
            for (FieldSchema field : tagged) {
                out.line("if ({}) {", isWritten(field));
                out.line("int mark = out.beginTag({});", field.tag());
                writeValue(new FieldAccess(message, struct, field));
                out.line("out.endTag(mark);");
                out.line("}");
            }
        }
        if (!always) {
            out.line("}");
        }
    }

    private String isWritten(FieldSchema field) {
        String presence =
                field.versions().condition(message.flexible().intersect(struct.versions()));
        String other = DefaultValue.isOther(field);
        return presence.equals("true") ? other : presence + " && " + other;
    }
}
