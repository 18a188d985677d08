package io.millrace.protocol.generator;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Writes the {@code ApiKey} enum: one constant per request, with its versions. */
final class ApiKeyWriter {
    /**
     * Lowest versions where our reader knows more than we serve: OffsetCommit 0 and OffsetFetch 0
     * meant offsets kept in ZooKeeper.
     */
    private static final Map<String, Integer> LOWEST_SERVED =
            Map.of("OffsetCommitRequest", 1, "OffsetFetchRequest", 1);

    private ApiKeyWriter() {}

    static String write(List<MessageSchema> requests) {
        List<MessageSchema> byKey =
                requests.stream().sorted(Comparator.comparingInt(MessageSchema::apiKey)).toList();
        JavaSource out = new JavaSource();
        out.line("// Written by protocol-generator from the published message schemas.");
        out.line("package {};", MessageWriter.MESSAGE_PACKAGE);
        out.line("");
        out.line("import io.netty.buffer.ByteBuf;");
        out.line("import java.util.Optional;");
        out.line("");
        out.line("/** Requests of the protocol: number, versions, header versions. */");
        out.line("public enum ApiKey {");
        writeConstants(byKey, out);
        writeState(byKey, out);
        writeAccessors(out);
        writeDispatch(byKey, "ApiRequest<?> readRequest", "Request", out);
        writeDispatch(byKey, "ApiResponse readResponse", "Response", out);
        out.line("}");
        return out.toString();
    }

    private static void writeConstants(List<MessageSchema> requests, JavaSource out) {
        for (int i = 0; i < requests.size(); i++) {
            MessageSchema request = requests.get(i);
            int lowest = LOWEST_SERVED.getOrDefault(request.name(), request.valid().lowest());
            int highest = request.valid().highest() - (request.unstableLatest() ? 1 : 0);
            out.line(
                    "{}({}, \"{}\", {}, {}, {}){}",
                    MessageWriter.keyConstant(request),
                    request.apiKey(),
                    MessageWriter.base(request),
                    lowest,
                    highest,
                    request.firstFlexible(),
                    i + 1 < requests.size() ? "," : ";");
        }
        out.line("");
    }

    private static void writeState(List<MessageSchema> requests, JavaSource out) {
        int table = requests.get(requests.size() - 1).apiKey() + 1;
        out.line("private static final ApiKey[] BY_ID = new ApiKey[{}];", table);
        out.line("");
        out.line("static {");
        out.line("for (ApiKey key : values()) {");
        out.line("BY_ID[key.id] = key;");
        out.line("}");
        out.line("}");
        out.line("");
        for (String field :
                List.of(
                        "short id",
                        "String schemaName",
                        "short minVersion",
                        "short maxVersion",
                        "short firstFlexible")) {
            out.line("private final {};", field);
        }
        out.line("");
        out.line("ApiKey(int id, String schemaName, int min, int max, int firstFlexible) {");
        out.line("this.id = (short) id;");
        out.line("this.schemaName = schemaName;");
        out.line("this.minVersion = (short) min;");
        out.line("this.maxVersion = (short) max;");
        out.line("this.firstFlexible = (short) firstFlexible;");
        out.line("}");
    }

    private static void writeAccessors(JavaSource out) {
        method(
                out,
                "The key with this number, if we know it.",
                "static Optional<ApiKey> forId(int id)",
                "return id < 0 || id >= BY_ID.length ? Optional.empty() :"
                        + " Optional.ofNullable(BY_ID[id]);");
        method(out, "Number on the wire.", "short id()", "return id;");
        method(
                out,
                "Name in the schemas, without Request: {@code ListOffsets}.",
                "String schemaName()",
                "return schemaName;");
        method(
                out,
                "Lowest version whose messages we read and write.",
                "short minVersion()",
                "return minVersion;");
        method(
                out,
                "Highest stable version whose messages we read and write.",
                "short maxVersion()",
                "return maxVersion;");
        method(
                out,
                "Whether the version lies in the range above.",
                "boolean supports(int version)",
                "return version >= minVersion && version <= maxVersion;");
        method(
                out,
                "Whether messages of the version have compact lengths and tagged fields.",
                "boolean isFlexible(int version)",
                "return firstFlexible >= 0 && version >= firstFlexible;");
        method(
                out,
                "Version of the request header.",
                "short requestHeaderVersion(int version)",
                "return (short) (isFlexible(version) ? 2 : 1);");
        method(
                out,
                "Version of the response header; always 0 for ApiVersions, so that any client can"
                        + " read it.",
                "short responseHeaderVersion(int version)",
                "return (short) (isFlexible(version) && this != API_VERSIONS ? 1 : 0);");
    }

    private static void method(JavaSource out, String doc, String signature, String body) {
        out.line("");
        out.line("/** {} */", doc);
        out.line("public {} {", signature);
        out.line("{}", body);
        out.line("}");
    }

    private static void writeDispatch(
            List<MessageSchema> requests, String signature, String suffix, JavaSource out) {
        out.line("");
        out.line("/** Reads the body; records in it are views on {@code in}. */");
        out.line("public {}(ByteBuf in, short version) {", signature);
        out.line("return switch (this) {");
        for (MessageSchema request : requests) {
            out.line(
                    "case {} -> {}{}.read(in, version);",
                    MessageWriter.keyConstant(request),
                    MessageWriter.base(request),
                    suffix);
        }
        out.line("};");
        out.line("}");
    }
}
