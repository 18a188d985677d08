package io.millrace.protocol.generator;

import java.util.Optional;
import javax.lang.model.SourceVersion;

/**
 * One field of a structure.
 *
 * @param name as in the schema, first letter small
 * @param versions versions that carry it
 * @param nullable versions in which it may be null
 * @param tagged versions in which it is a tagged field; equal to {@code versions}, or none
 * @param tag number of the tag; -1 when not tagged
 * @param flexible versions in which lengths are compact, where the field differs from its message
 * @param ignorable whether a value may be dropped silently when the version cannot carry it
 * @param defaultText the schema's default, if it names one
 */
record FieldSchema(
        String name,
        FieldType type,
        VersionRange versions,
        VersionRange nullable,
        VersionRange tagged,
        int tag,
        Optional<VersionRange> flexible,
        boolean ignorable,
        Optional<String> defaultText) {

    FieldSchema {
        if (!tagged.isEmpty() && (tag < 0 || !tagged.equals(versions))) {
            throw new IllegalArgumentException(
                    name + ": tagged in " + tagged + " but present in " + versions);
        }
        if (!SourceVersion.isIdentifier(name) || SourceVersion.isKeyword(name)) {
            throw new IllegalArgumentException(name + " is not usable as a Java name");
        }
    }

    boolean isTagged() {
        return !tagged.isEmpty();
    }

    boolean hasNullDefault() {
        return defaultText.isPresent() && defaultText.get().equals("null");
    }

    /** Whether the Java field can hold null. */
    boolean isJavaNullable() {
        return !nullable.isEmpty() || type == FieldType.Primitive.RECORDS;
    }

    FieldSchema withVersions(VersionRange newVersions) {
        return new FieldSchema(
                name,
                type,
                newVersions,
                nullable,
                isTagged() ? newVersions : tagged,
                tag,
                flexible,
                ignorable,
                defaultText);
    }

    FieldSchema withIgnorable() {
        return new FieldSchema(
                name, type, versions, nullable, tagged, tag, flexible, true, defaultText);
    }
}
