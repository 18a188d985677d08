package io.millrace.protocol.generator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaMergerTest {
    private static final String NEWEST =
            """
            // A comment, as in the published files.
            { "apiKey": 99, "type": "request", "name": "SampleRequest", "listeners": ["broker"],
              "validVersions": "2-4", "flexibleVersions": "4+", "fields": [
              { "name": "First", "type": "string", "versions": "0+" },
              { "name": "Rows", "type": "[]Row", "versions": "0+", "fields": [
                { "name": "Id", "type": "int32", "versions": "0+" },
                { "name": "Rack", "type": "string", "versions": "3+", "nullableVersions": "3+",
                  "default": "null", "ignorable": true }
              ]},
              { "name": "Extra", "type": "int64", "versions": "4+", "taggedVersions": "4+", "tag": 0,
                "default": "-1" }
            ]}
            """;
    private static final String LEGACY =
            """
            { "apiKey": 99, "type": "request", "name": "SampleRequest", "listeners": ["broker"],
              "validVersions": "0-3", "flexibleVersions": "none", "fields": [
              { "name": "First", "type": "string", "versions": "0+" },
              { "name": "Rows", "type": "[]Row", "versions": "0+", "fields": [
                { "name": "Id", "type": "int32", "versions": "0+" },
                { "name": "Old", "type": "int16", "versions": "0-1" },
                { "name": "Rack", "type": "string", "versions": "3+", "nullableVersions": "3+" }
              ]},
              { "name": "Gone", "type": "bool", "versions": "0+" }
            ]}
            """;

    @TempDir Path folder;

    private MessageSchema schema(String json) throws IOException {
        Path file = Files.createTempDirectory(folder, "schemas").resolve("SampleRequest.json");
        Files.writeString(file, json);
        Map<String, MessageSchema> read = new SchemaReader().readFolder(file.getParent());
        return read.get("SampleRequest");
    }

    @Test
    void droppedVersionsComeBackWithTheFieldsThatOnlyTheyHad() throws IOException {
        MessageSchema merged = SchemaMerger.merge(schema(NEWEST), schema(LEGACY));

        assertThat(merged.valid()).hasToString("0-4");
        assertThat(merged.root().fields())
                .extracting(FieldSchema::name, field -> field.versions().toString())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("first", "0+"),
                        org.assertj.core.groups.Tuple.tuple("rows", "0+"),
                        org.assertj.core.groups.Tuple.tuple("gone", "0-1"),
                        org.assertj.core.groups.Tuple.tuple("extra", "4+"));
        assertThat(merged.struct("Row").fields())
                .extracting(FieldSchema::name)
                .containsExactly("id", "old", "rack");
    }

    @Test
    void elementSizesAreTheSmallestOfAnyVersion() throws IOException {
        MessageSchema merged = SchemaMerger.merge(schema(NEWEST), schema(LEGACY));

        // Version 2: only the id. Version 4 would be id, compact rack, empty tags: 6 bytes.
        assertThat(WireSize.minElementBytes(merged, merged.root(), merged.root().fields().get(1)))
                .isEqualTo(4);
    }

    @Test
    void conditionsSayNoMoreThanTheKnownRangeLeavesOpen() {
        VersionRange known = VersionRange.parse("0-4");

        assertThat(VersionRange.parse("0+").condition(known)).isEqualTo("true");
        assertThat(VersionRange.parse("2+").condition(known)).isEqualTo("version >= 2");
        assertThat(VersionRange.parse("0-3").condition(known)).isEqualTo("version <= 3");
        assertThat(VersionRange.parse("1-3").condition(known))
                .isEqualTo("version >= 1 && version <= 3");
        assertThat(VersionRange.parse("2").condition(known)).isEqualTo("version == 2");
        assertThat(VersionRange.parse("7+").condition(known)).isEqualTo("false");
        assertThat(VersionRange.parse("none").condition(known)).isEqualTo("false");
    }
}
