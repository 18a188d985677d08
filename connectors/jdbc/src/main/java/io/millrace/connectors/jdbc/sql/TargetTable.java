package io.millrace.connectors.jdbc.sql;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table of the target database as its catalog describes it. Immutable. */
public final class TargetTable {
    private final TableName name;
    private final Map<String, TargetColumn> columns = new LinkedHashMap<>();
    private final List<String> primaryKey;

    public TargetTable(TableName name, List<TargetColumn> columns, List<String> primaryKey) {
        this.name = name;
        columns.forEach(column -> this.columns.put(column.name(), column));
        this.primaryKey = List.copyOf(primaryKey);
    }

    public TableName name() {
        return name;
    }

    public @Nullable TargetColumn column(String column) {
        return columns.get(column);
    }

    public List<String> columnNames() {
        return List.copyOf(columns.keySet());
    }

    public List<String> primaryKey() {
        return primaryKey;
    }
}
