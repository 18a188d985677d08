package io.millrace.protocol.generator;

import io.millrace.protocol.generator.FieldType.Primitive;
import java.util.List;

/** Writes the {@code read} method of a structure. */
final class ReadMethod {
    private final MessageSchema message;
    private final StructSchema struct;
    private final JavaSource out;

    ReadMethod(MessageSchema message, StructSchema struct, JavaSource out) {
        this.message = message;
        this.struct = struct;
        this.out = out;
    }

    void write() {
        boolean root = message.isRoot(struct);
        String name = struct.name();
        out.line("{}static {} read(ByteBuf in, short version) {", root ? "public " : "", name);
        if (root) {
            out.line(
                    "WireReader.checkVersion(\"{}\", version, LOWEST_VERSION, HIGHEST_VERSION);",
                    name);
        }
        String flexible = FieldAccess.flexible(message, struct);
        if (flexible.equals("flexible")) {
            out.line("boolean flexible = {};", message.flexible().condition(struct.versions()));
        }
        out.line("{} it = new {}();", name, name);
        for (FieldSchema field : struct.plainFields()) {
            readPlain(new FieldAccess(message, struct, field));
        }
        if (!flexible.equals("false")) {
            readTags(flexible.equals("true"));
        }
        out.line("return it;");
        out.line("}");
    }

    private void readPlain(FieldAccess access) {
        String presence = access.presence();
        if (presence.equals("true")) {
            readValue(access);
        } else {
            out.line("if ({}) {", presence);
            readValue(access);
            out.line("}");
        }
    }

    private void readValue(FieldAccess access) {
        FieldSchema field = access.field();
        if (field.type() instanceof FieldType.ListOf list) {
            readList(access, list);
        } else if (field.type() instanceof FieldType.Struct nested) {
            String read = nested.name() + ".read(in, version)";
            if (access.nullability().equals("false")) {
                out.line("it.{} = {};", field.name(), read);
            } else {
                out.line(
                        "it.{} = WireReader.{}(in, {}) ? {} : null;",
                        field.name(),
                        field.isTagged() ? "isTagPresent" : "isPresent",
                        access.path(),
                        read);
            }
        } else {
            out.line("it.{} = {};", field.name(), primitive(access, (Primitive) field.type()));
        }
    }

    private static String primitive(FieldAccess access, Primitive type) {
        String nullability = access.nullability();
        if (!type.isVariable()) {
            return element(access, type, "");
        }
        return switch (nullability) {
            case "true" -> element(access, type, "nullable");
            case "false" -> element(access, type, "");
            default ->
                    nullability
                            + " ? "
                            + element(access, type, "nullable")
                            + " : "
                            + element(access, type, "");
        };
    }

    /** Expression that reads one value of a primitive type. */
    private static String element(FieldAccess access, Primitive type, String prefix) {
        String method = prefix.isEmpty() ? type.schemaName : prefix + type.methodName();
        String compact = type.isVariable() ? access.compact() + ", " : "";
        return "WireReader." + method + "(in, " + compact + access.path() + ")";
    }

    private void readList(FieldAccess access, FieldType.ListOf list) {
        String name = access.field().name();
        String arguments =
                "(in, "
                        + access.compact()
                        + ", "
                        + WireSize.minElementBytes(message, struct, access.field())
                        + ", "
                        + access.path()
                        + ")";
        String count = name + "Count";
        String nullability = access.nullability();
        boolean canBeNull = !nullability.equals("false");
        String read =
                switch (nullability) {
                    case "true" -> "WireReader.nullableCount" + arguments;
                    case "false" -> "WireReader.count" + arguments;
                    default ->
                            nullability
                                    + " ? WireReader.nullableCount"
                                    + arguments
                                    + " : WireReader.count"
                                    + arguments;
                };
        out.line("int {} = {};", count, read);
        if (canBeNull) {
            out.line("if ({} < 0) {", count);
            out.line("it.{} = null;", name);
            out.line("} else {");
        }
        String elements = name + "Read";
        out.line(
                "{} {} = new ArrayList<>(WireReader.initialCapacity({}));",
                list.javaType(),
                elements,
                count);
        out.line("for (int i = 0; i < {}; i++) {", count);
        out.line(
                "{}.add({});",
                elements,
                list.element() instanceof FieldType.Struct nested
                        ? nested.name() + ".read(in, version)"
                        : element(access, (Primitive) list.element(), ""));
        out.line("}");
        out.line("it.{} = {};", name, elements);
        if (canBeNull) {
            out.line("}");
        }
    }

    private void readTags(boolean always) {
        List<FieldSchema> tagged = struct.taggedFields();
        String owner = FieldAccess.structPath(message, struct);
        if (!always) {
            out.line("if (flexible) {");
        }
        if (tagged.isEmpty()) {
            out.line("WireReader.skipTags(in, {});", owner);
        } else {
            out.line("int tags = WireReader.tagCount(in, {});", owner);
            out.line("for (int tag = -1; tags > 0; tags--) {");
            out.line("tag = WireReader.tag(in, tag, {});", owner);
            out.line("int tagEnd = WireReader.tagEnd(in, tag, {});", owner);
            out.line("switch (tag) {");
            for (FieldSchema field : tagged) {
                readTag(new FieldAccess(message, struct, field));
            }
            out.line("default -> in.readerIndex(tagEnd);");
            out.line("}");
            out.line("WireReader.endOfTag(in, tag, tagEnd, {});", owner);
            out.line("}");
        }
        if (!always) {
            out.line("}");
        }
    }

    private void readTag(FieldAccess access) {
        String presence =
                access.field()
                        .versions()
                        .condition(message.flexible().intersect(struct.versions()));
        out.line("case {} -> {", access.field().tag());
        if (presence.equals("true")) {
            readValue(access);
        } else {
            out.line("if ({}) {", presence);
            readValue(access);
            out.line("} else {");
            out.line("in.readerIndex(tagEnd);");
            out.line("}");
        }
        out.line("}");
    }
}
