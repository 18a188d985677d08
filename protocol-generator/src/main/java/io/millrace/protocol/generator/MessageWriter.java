package io.millrace.protocol.generator;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Writes the Java file of one message. */
final class MessageWriter {
    static final String MESSAGE_PACKAGE = "io.millrace.protocol.message";
    static final String COORDINATOR_PACKAGE = "io.millrace.protocol.coordinator";

    private MessageWriter() {}

    static String packageOf(MessageSchema message) {
        return switch (message.kind()) {
            case COORDINATOR_KEY, COORDINATOR_VALUE -> COORDINATOR_PACKAGE;
            default -> MESSAGE_PACKAGE;
        };
    }

    static String write(MessageSchema message) {
        JavaSource out = new JavaSource();
        out.line("// Written by protocol-generator from the published message schemas.");
        out.line("package {};", packageOf(message));
        out.line("");
        out.line("import io.millrace.protocol.record.Records;");
        if (packageOf(message).equals(COORDINATOR_PACKAGE)) {
            for (String name :
                    new String[] {
                        "ApiMessage", "MessageSink", "UnsupportedVersionException", "WireReader"
                    }) {
                out.line("import {}.{};", MESSAGE_PACKAGE, name);
            }
        }
        out.line("import io.netty.buffer.ByteBuf;");
        out.line("import java.util.ArrayList;");
        out.line("import java.util.List;");
        out.line("import java.util.UUID;");
        out.line("import org.jspecify.annotations.Nullable;");
        out.line("");
        out.line("public final class {} implements {} {", message.name(), superType(message));
        writeConstants(message, out);
        Set<String> compared = comparedStructs(message);
        new StructWriter(message, message.root(), out).write(false);
        for (StructSchema struct : message.structs()) {
            out.line("");
            out.line("public static final class {} {", struct.name());
            new StructWriter(message, struct, out).write(compared.contains(struct.name()));
            out.line("}");
        }
        out.line("}");
        return out.toString();
    }

    private static String superType(MessageSchema message) {
        return switch (message.kind()) {
            case REQUEST -> "ApiRequest<" + base(message) + "Response>";
            case RESPONSE -> "ApiResponse";
            default -> "ApiMessage";
        };
    }

    /** Message name without {@code Request} or {@code Response}. */
    static String base(MessageSchema message) {
        return message.name().replaceAll("(Request|Response)$", "");
    }

    /** Constant of the {@code ApiKey} enum. */
    static String keyConstant(MessageSchema message) {
        return base(message).replaceAll("([a-z0-9])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
    }

    private static void writeConstants(MessageSchema message, JavaSource out) {
        out.line("public static final short LOWEST_VERSION = {};", message.valid().lowest());
        out.line("public static final short HIGHEST_VERSION = {};", message.valid().highest());
        switch (message.kind()) {
            case COORDINATOR_KEY, COORDINATOR_VALUE ->
                    out.line("public static final short RECORD_TYPE = {};", message.apiKey());
            case REQUEST, RESPONSE -> {
                out.line("");
                out.line("@Override");
                out.line("public ApiKey apiKey() {");
                out.line("return ApiKey.{};", keyConstant(message));
                out.line("}");
            }
            case HEADER, DATA -> {}
        }
        out.line("");
    }

    /** Structures held directly by a field: their defaults must be recognised. */
    private static Set<String> comparedStructs(MessageSchema message) {
        Set<String> found = new HashSet<>();
        collect(message.root(), found);
        message.structs().forEach(struct -> collect(struct, found));
        return found;
    }

    private static void collect(StructSchema struct, Set<String> into) {
        for (FieldSchema field : struct.fields()) {
            if (field.type() instanceof FieldType.Struct nested) {
                into.add(nested.name());
            }
        }
    }
}
