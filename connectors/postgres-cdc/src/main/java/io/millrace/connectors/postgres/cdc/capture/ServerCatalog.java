package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.config.DatabaseAddress;
import io.millrace.connectors.postgres.cdc.wire.Lsn;
import io.millrace.connectors.postgres.cdc.wire.Relation;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Questions to the system catalogs over one ordinary connection, which it owns. */
final class ServerCatalog implements AutoCloseable {
    private static final int PG_18 = 180_000;
    private static final int PG_12 = 120_000;
    private static final int PG_15 = 150_000;
    private static final int PG_13 = 130_000;

    private final Connection connection;

    private ServerCatalog(Connection connection) {
        this.connection = connection;
    }

    static ServerCatalog connect(DatabaseAddress address) throws SQLException {
        return new ServerCatalog(address.connect("millrace-cdc-catalog"));
    }

    Connection connection() {
        return connection;
    }

    /** Identity of the database cluster; a restored copy keeps it, another server has another. */
    String systemId() throws SQLException {
        return text("SELECT system_identifier::text FROM pg_catalog.pg_control_system()");
    }

    String setting(String name) throws SQLException {
        return text("SELECT pg_catalog.current_setting(" + Sql.literal(name) + ")");
    }

    int versionNumber() throws SQLException {
        return Integer.parseInt(setting("server_version_num"));
    }

    String text(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            String value = row.getString(1);
            return value == null ? "" : value;
        }
    }

    boolean yes(String sql) throws SQLException {
        return "t".equals(text(sql));
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** A logical slot as the server describes it. {@code walStatus} is empty before version 13. */
    record Slot(
            String plugin,
            @Nullable String database,
            boolean active,
            long confirmedLsn,
            String walStatus) {
        boolean lost() {
            return walStatus.equals("lost");
        }
    }

    Optional<Slot> slot(String name) throws SQLException {
        String status = versionNumber() >= PG_13 ? "wal_status" : "''";
        String sql =
                "SELECT plugin, database, active, confirmed_flush_lsn::text, "
                        + status
                        + " FROM pg_catalog.pg_replication_slots WHERE slot_name = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                String confirmed = row.getString(4);
                String walStatus = row.getString(5);
                return Optional.of(
                        new Slot(
                                String.valueOf(row.getString(1)),
                                row.getString(2),
                                row.getBoolean(3),
                                confirmed == null ? Lsn.NONE : Lsn.parse(confirmed),
                                walStatus == null ? "" : walStatus));
            }
        }
    }

    boolean publicationExists(String name) throws SQLException {
        return yes(
                "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = "
                        + Sql.literal(name)
                        + ")");
    }

    /** A table of the publication: which of its columns and rows are published. */
    record PublishedTable(
            String schema, String table, List<String> columns, @Nullable String rowFilter) {
        PublishedTable {
            columns = List.copyOf(columns);
        }

        String name() {
            return schema + "." + table;
        }
    }

    /** Tables of the publication in name order. */
    List<PublishedTable> publishedTables(String publication) throws SQLException {
        boolean lists = versionNumber() >= PG_15;
        String sql =
                "SELECT schemaname, tablename, "
                        + (lists ? "attnames, rowfilter" : "NULL, NULL")
                        + " FROM pg_catalog.pg_publication_tables WHERE pubname = ?"
                        + " ORDER BY schemaname, tablename";
        List<PublishedTable> tables = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, publication);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    tables.add(
                            new PublishedTable(
                                    rows.getString(1),
                                    rows.getString(2),
                                    names(rows.getArray(3)),
                                    rows.getString(4)));
                }
            }
        }
        return tables;
    }

    private static List<String> names(@Nullable Array array) throws SQLException {
        List<String> names = new ArrayList<>();
        if (array != null) {
            for (Object name : (Object[]) array.getArray()) {
                names.add(String.valueOf(name));
            }
        }
        return names;
    }

    /** Ordinary and partitioned tables of the database, for a publication that is to be made. */
    List<PublishedTable> userTables() throws SQLException {
        String sql =
                "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c"
                        + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE c.relkind = 'r' AND c.relpersistence = 'p'"
                        + " AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
                        + " ORDER BY 1, 2";
        List<PublishedTable> tables = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                tables.add(
                        new PublishedTable(rows.getString(1), rows.getString(2), List.of(), null));
            }
        }
        return tables;
    }

    /**
     * A table as the change stream would describe it. Key flags follow the replica identity; for
     * FULL they are the primary key's.
     */
    Relation relation(PublishedTable table) throws SQLException {
        String sql =
                "SELECT c.oid, c.relreplident, a.attname, a.atttypid, a.atttypmod,"
                        + " coalesce(a.attnum = ANY (i.indkey::int2[]), false)"
                        + " FROM pg_catalog.pg_class c"
                        + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                        + " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
                        + " LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND"
                        + " CASE c.relreplident WHEN 'i' THEN i.indisreplident"
                        + " WHEN 'n' THEN false ELSE i.indisprimary END"
                        + " WHERE n.nspname = ? AND c.relname = ? AND a.attnum > 0"
                        + " AND NOT a.attisdropped"
                        + generatedFilter(table)
                        + " ORDER BY a.attnum";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, table.schema());
            statement.setString(2, table.table());
            try (ResultSet rows = statement.executeQuery()) {
                List<Relation.Column> columns = new ArrayList<>();
                int oid = 0;
                char identity = Relation.IDENTITY_DEFAULT;
                while (rows.next()) {
                    oid = (int) rows.getLong(1);
                    identity = rows.getString(2).charAt(0);
                    String name = rows.getString(3);
                    if (table.columns().isEmpty() || table.columns().contains(name)) {
                        columns.add(
                                new Relation.Column(
                                        rows.getBoolean(6),
                                        name,
                                        (int) rows.getLong(4),
                                        rows.getInt(5)));
                    }
                }
                return new Relation(oid, table.schema(), table.table(), identity, columns);
            }
        }
    }

    /** Generated columns are not published before version 18, then only if they are listed. */
    private String generatedFilter(PublishedTable table) throws SQLException {
        int version = versionNumber();
        boolean listed = version >= PG_18 && !table.columns().isEmpty();
        return listed || version < PG_12 ? "" : " AND a.attgenerated = ''";
    }

    /** Whether a table is the root of partitions, whose rows are in its children. */
    boolean partitioned(PublishedTable table) throws SQLException {
        return yes(
                "SELECT relkind = 'p' FROM pg_catalog.pg_class WHERE oid = "
                        + Sql.literal(Sql.table(table.schema(), table.table()))
                        + "::regclass");
    }

    /** Cuts the connection, from any thread; a blocked read fails at once. */
    void abort() throws SQLException {
        connection.abort(Runnable::run);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
