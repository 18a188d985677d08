package io.millrace.protocol.generator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Joins the newest schema of a message with an older release's, which still knows lower versions.
 * The newest one decides wherever both speak; fields that only the old one has are put behind the
 * field that preceded them there, limited to the versions that the newest release dropped. In a
 * response such a field is ignorable: newer versions say the same in another field, so a handler
 * may set both.
 */
final class SchemaMerger {
    private SchemaMerger() {}

    static MessageSchema merge(MessageSchema newest, MessageSchema legacy) {
        int dropped = newest.valid().lowest();
        if (legacy.valid().lowest() >= dropped) {
            return newest;
        }
        boolean response = newest.kind() == MessageSchema.Kind.RESPONSE;
        Map<String, StructSchema> oldStructs = new HashMap<>();
        legacy.structs().forEach(struct -> oldStructs.put(struct.name(), struct));
        List<StructSchema> structs = new ArrayList<>();
        for (StructSchema struct : newest.structs()) {
            StructSchema old = oldStructs.get(struct.name());
            structs.add(old == null ? struct : merge(struct, old, dropped, response));
        }
        return new MessageSchema(
                newest.name(),
                newest.kind(),
                newest.apiKey(),
                new VersionRange(legacy.valid().lowest(), newest.valid().highest()),
                newest.flexible(),
                newest.unstableLatest(),
                newest.onBrokerListener(),
                merge(newest.root(), legacy.root(), dropped, response),
                structs);
    }

    private static StructSchema merge(
            StructSchema newest, StructSchema old, int dropped, boolean response) {
        List<FieldSchema> fields = new ArrayList<>(newest.fields());
        int at = 0;
        for (FieldSchema field : old.fields()) {
            int known = indexOf(fields, field.name());
            if (known >= 0) {
                at = known + 1;
            } else if (!field.versions().below(dropped).isEmpty()) {
                FieldSchema onlyBelow = field.withVersions(field.versions().below(dropped));
                fields.add(at, response ? onlyBelow.withIgnorable() : onlyBelow);
                at++;
            }
        }
        VersionRange versions =
                new VersionRange(
                        Math.min(newest.versions().lowest(), old.versions().lowest()),
                        newest.versions().highest());
        return new StructSchema(newest.name(), versions, fields);
    }

    private static int indexOf(List<FieldSchema> fields, String name) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }
}
