package io.millrace.connectors.jdbc.source;

import io.millrace.connectors.jdbc.sql.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which tables there are, and the number column of each. Stateless. */
public final class SourceTables {
    private static final String TABLES =
            """
            SELECT n.nspname, c.relname FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
              AND n.nspname NOT IN ('pg_catalog', 'information_schema')
              AND n.nspname NOT LIKE 'pg_temp%' ORDER BY 1, 2
            """;
    private static final String KEY =
            """
            SELECT a.attname FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indrelid = to_regclass(?) AND i.indisprimary AND i.indnatts = 1
              AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
            """;

    private SourceTables() {}

    /** The configured tables that exist, in name order. */
    public static List<TableName> find(SourceConfig config, Connection connection)
            throws SQLException {
        List<TableName> tables = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(TABLES)) {
            while (rows.next()) {
                TableName table = new TableName(rows.getString(1), rows.getString(2));
                if (wanted(config, table)) {
                    tables.add(table);
                }
            }
        }
        return tables;
    }

    private static boolean wanted(SourceConfig config, TableName table) {
        if (!config.whitelist().isEmpty()) {
            return listed(config.whitelist(), table);
        }
        return !listed(config.blacklist(), table);
    }

    private static boolean listed(List<String> names, TableName table) {
        return names.contains(table.toString()) || names.contains(table.table());
    }

    /** The single-column integer primary key. */
    static Optional<String> numberColumn(Connection connection, TableName table)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(KEY)) {
            statement.setString(1, table.sql());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
        }
    }
}
