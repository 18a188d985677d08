package io.millrace.connectors.jdbc.sink;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records of one table in one batch, reduced to the last state per key. One statement may touch
 * a row only once, and the outcome is the same. INVARIANT: running {@link #deletes} and then {@link
 * #writes} gives what the records in their order would give: a row written after its delete is in
 * both.
 */
final class TableBatch {
    /** What remains to be done about one key. */
    private static final class Pending {
        boolean delete;
        @Nullable TextRow write;
    }

    private final Map<List<@Nullable String>, Pending> byKey = new LinkedHashMap<>();
    private final List<TextRow> keyless = new ArrayList<>();

    void write(TextRow row) {
        if (row.keyCount() == 0) {
            keyless.add(row);
            return;
        }
        Pending pending = byKey.computeIfAbsent(row.key(), key -> new Pending());
        TextRow before = pending.write;
        pending.write = before == null ? row : before.overwrittenBy(row);
    }

    void delete(TextRow key) {
        Pending pending = byKey.computeIfAbsent(key.key(), ignored -> new Pending());
        pending.delete = true;
        pending.write = null;
    }

    /** Keys of the rows to delete. */
    List<List<@Nullable String>> deletes() {
        List<List<@Nullable String>> keys = new ArrayList<>();
        byKey.forEach(
                (key, pending) -> {
                    if (pending.delete) {
                        keys.add(key);
                    }
                });
        return keys;
    }

    /** Rows to write, by their columns. */
    Map<List<String>, List<TextRow>> writes() {
        Map<List<String>, List<TextRow>> groups = new LinkedHashMap<>();
        for (TextRow row : keyless) {
            groups.computeIfAbsent(row.columns(), columns -> new ArrayList<>()).add(row);
        }
        for (Pending pending : byKey.values()) {
            TextRow row = pending.write;
            if (row != null) {
                groups.computeIfAbsent(row.columns(), columns -> new ArrayList<>()).add(row);
            }
        }
        return groups;
    }
}
