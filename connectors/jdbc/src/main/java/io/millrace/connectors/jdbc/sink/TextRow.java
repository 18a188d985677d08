package io.millrace.connectors.jdbc.sink;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A row ready to be bound: column names, key first, and a text or null for each. */
record TextRow(List<String> columns, @Nullable String[] values, int keyCount) {
    List<@Nullable String> key() {
        return Arrays.asList(values).subList(0, keyCount);
    }

    /** This row written over by a later one that may have other columns. */
    TextRow overwrittenBy(TextRow later) {
        if (columns.equals(later.columns)) {
            return later;
        }
        List<String> names = new ArrayList<>(later.columns);
        List<@Nullable String> merged = new ArrayList<>(Arrays.asList(later.values));
        for (int i = 0; i < columns.size(); i++) {
            if (!later.columns.contains(columns.get(i))) {
                names.add(columns.get(i));
                merged.add(values[i]);
            }
        }
        return new TextRow(names, merged.toArray(new @Nullable String[0]), later.keyCount);
    }
}
