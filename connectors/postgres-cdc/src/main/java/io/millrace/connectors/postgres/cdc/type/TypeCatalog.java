package io.millrace.connectors.postgres.cdc.type;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Types of the captured database by OID. Base types never change and are kept; enums, domains and
 * arrays are asked for again each time a table is described, because labels can be added.
 */
public final class TypeCatalog {
    private static final String TYPE_SQL =
            "SELECT typname, typtype, typbasetype, typtypmod, typelem, typcategory, typlen"
                    + " FROM pg_catalog.pg_type WHERE oid = ?";
    private static final String LABEL_SQL =
            "SELECT enumlabel FROM pg_catalog.pg_enum WHERE enumtypid = ? ORDER BY enumsortorder";

    private final Map<Integer, PgType> baseTypes = new HashMap<>();

    public PgType resolve(Connection connection, int oid) throws SQLException {
        PgType known = baseTypes.get(oid);
        return known != null ? known : load(connection, oid);
    }

    private PgType load(Connection connection, int oid) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TYPE_SQL)) {
            statement.setLong(1, Integer.toUnsignedLong(oid));
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    // Dropped meanwhile: its text is still in the log.
                    return new PgType.Base("unknown");
                }
                String name = row.getString(1);
                String kind = row.getString(2);
                int base = (int) row.getLong(3);
                int modifier = row.getInt(4);
                int element = (int) row.getLong(5);
                boolean array = "A".equals(row.getString(6)) && row.getInt(7) == -1;
                if ("e".equals(kind)) {
                    return new PgType.Enumeration(name, labels(connection, oid));
                }
                if ("d".equals(kind)) {
                    return new PgType.Domain(name, resolve(connection, base), modifier);
                }
                if (array && element != 0) {
                    return new PgType.Array(name, resolve(connection, element));
                }
                PgType type = new PgType.Base(name);
                baseTypes.put(oid, type);
                return type;
            }
        }
    }

    private static List<String> labels(Connection connection, int oid) throws SQLException {
        List<String> labels = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(LABEL_SQL)) {
            statement.setLong(1, Integer.toUnsignedLong(oid));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    labels.add(rows.getString(1));
                }
            }
        }
        return labels;
    }
}
