package io.millrace.connectors.jdbc.sql;

/** A table, in a schema or in the first one of the search path (empty schema). */
public record TableName(String schema, String table) {
    public TableName {
        if (table.isEmpty()) {
            throw new IllegalArgumentException(
                    "a table needs a name; its schema is '" + schema + "'");
        }
    }

    /** As it stands in a statement, quoted. */
    public String sql() {
        return schema.isEmpty() ? quote(table) : quote(schema) + "." + quote(table);
    }

    public static String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    @Override
    public String toString() {
        return schema.isEmpty() ? table : schema + "." + table;
    }
}
