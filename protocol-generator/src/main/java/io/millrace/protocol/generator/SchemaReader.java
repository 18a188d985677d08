package io.millrace.protocol.generator;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads published schema files: JSON with {@code //} comments, one message per file. */
final class SchemaReader {
    private final ObjectMapper json =
            new ObjectMapper().configure(JsonParser.Feature.ALLOW_COMMENTS, true);

    /** All messages of a folder that have versions, by name. */
    Map<String, MessageSchema> readFolder(Path folder) throws IOException {
        Map<String, MessageSchema> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
                JsonNode node = json.readTree(file.toFile());
                if (node.has("fields") && !node.path("validVersions").asText().equals("none")) {
                    MessageSchema message = message(node);
                    found.put(message.name(), message);
                }
            }
        }
        return found;
    }

    private static MessageSchema message(JsonNode node) {
        String name = node.get("name").asText();
        VersionRange valid = VersionRange.parse(node.get("validVersions").asText());
        // A request that lost a field would do something else; an answer without one that its
        // reader is too old to know is what that reader expects.
        boolean droppable = kind(node.get("type").asText()) == MessageSchema.Kind.RESPONSE;
        Map<String, StructSchema> structs = new LinkedHashMap<>();
        StructSchema root = struct(name, valid, node.get("fields"), droppable, structs);
        for (JsonNode common : node.path("commonStructs")) {
            VersionRange versions = VersionRange.parse(common.get("versions").asText());
            StructSchema struct =
                    struct(
                            common.get("name").asText(),
                            versions.intersect(valid),
                            common.get("fields"),
                            droppable,
                            structs);
            structs.put(struct.name(), struct);
        }
        List<String> listeners = new ArrayList<>();
        node.path("listeners").forEach(listener -> listeners.add(listener.asText()));
        return new MessageSchema(
                name,
                kind(node.get("type").asText()),
                node.path("apiKey").asInt(-1),
                valid,
                VersionRange.parse(node.path("flexibleVersions").asText("none")),
                node.path("latestVersionUnstable").asBoolean(false),
                listeners.contains("broker"),
                root,
                List.copyOf(structs.values()));
    }

    private static MessageSchema.Kind kind(String type) {
        return MessageSchema.Kind.valueOf(type.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static StructSchema struct(
            String name,
            VersionRange versions,
            JsonNode fields,
            boolean droppable,
            Map<String, StructSchema> into) {
        List<FieldSchema> read = new ArrayList<>();
        for (JsonNode field : fields) {
            FieldSchema schema = field(field, droppable);
            read.add(schema);
            if (field.has("fields")) {
                FieldType element =
                        schema.type() instanceof FieldType.ListOf list
                                ? list.element()
                                : schema.type();
                String structName = ((FieldType.Struct) element).name();
                VersionRange inner = schema.versions().intersect(versions);
                into.put(
                        structName,
                        struct(structName, inner, field.get("fields"), droppable, into));
            }
        }
        return new StructSchema(name, versions, read);
    }

    private static FieldSchema field(JsonNode node, boolean droppable) {
        VersionRange tagged = VersionRange.parse(node.path("taggedVersions").asText("none"));
        VersionRange versions =
                node.has("versions") ? VersionRange.parse(node.get("versions").asText()) : tagged;
        String name = node.get("name").asText();
        return new FieldSchema(
                name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1),
                FieldType.parse(node.get("type").asText().trim()),
                versions,
                VersionRange.parse(node.path("nullableVersions").asText("none")),
                tagged,
                node.path("tag").asInt(-1),
                node.has("flexibleVersions")
                        ? Optional.of(VersionRange.parse(node.get("flexibleVersions").asText()))
                        : Optional.empty(),
                droppable || node.path("ignorable").asBoolean(false),
                // A JSON null is no default at all, other than the text "null" (as in Apache
                // Kafka).
                node.hasNonNull("default")
                        ? Optional.of(node.get("default").asText())
                        : Optional.empty());
    }
}
