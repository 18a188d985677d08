package io.millrace.connectors.jdbc.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Reads table descriptions from PostgreSQL's catalogs. Stateless. */
public final class TargetCatalog {
    private static final String SQL =
            """
            SELECT a.attname, format_type(a.atttypid, -1) AS cast_type,
                   CASE WHEN b.typcategory = 'A' THEN e.typname ELSE b.typname END AS type_name,
                   b.typcategory = 'A' AS is_array, a.attidentity = 'a' AS always_identity,
                   NOT a.attnotnull AS nullable,
                   coalesce(a.attnum = ANY (i.indkey::int2[]), false) AS in_key
            FROM pg_catalog.pg_attribute a
            JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
            JOIN pg_catalog.pg_type b
              ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
            LEFT JOIN pg_catalog.pg_type e ON e.oid = b.typelem
            LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
            WHERE a.attrelid = to_regclass(?) AND a.attnum > 0
              AND NOT a.attisdropped AND a.attgenerated = ''
            ORDER BY a.attnum
            """;

    private TargetCatalog() {}

    /** Empty when there is no such table. */
    public static Optional<TargetTable> read(Handle handle, TableName name) {
        List<TargetColumn> columns = new ArrayList<>();
        List<String> key = new ArrayList<>();
        handle.createQuery(SQL)
                .bind(0, name.sql())
                .map(
                        (row, context) -> {
                            TargetColumn column =
                                    new TargetColumn(
                                            row.getString("attname"),
                                            row.getString("cast_type"),
                                            row.getString("type_name"),
                                            row.getBoolean("is_array"),
                                            row.getBoolean("always_identity"),
                                            row.getBoolean("nullable"));
                            if (row.getBoolean("in_key")) {
                                key.add(column.name());
                            }
                            return column;
                        })
                .forEach(columns::add);
        return columns.isEmpty()
                ? Optional.empty()
                : Optional.of(new TargetTable(name, columns, key));
    }
}
