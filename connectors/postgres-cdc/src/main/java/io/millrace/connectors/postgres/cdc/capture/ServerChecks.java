package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.config.CdcConfig;
import io.millrace.connectors.postgres.cdc.config.CdcConfig.PublicationMode;
import io.millrace.connectors.postgres.cdc.config.CdcConfig.SnapshotMode;
import io.millrace.connectors.postgres.cdc.config.CdcKeys;
import io.millrace.connectors.postgres.cdc.wire.Relation;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the server everything that a capture will need, so that all problems show at validation,
 * each with its remedy. Changes nothing.
 */
public final class ServerChecks {
    private static final Logger LOGGER = LoggerFactory.getLogger(ServerChecks.class);

    private final CdcConfig config;
    private final List<Problem> problems = new ArrayList<>();

    /** A problem and the configuration key it is shown at. */
    public record Problem(String key, String text) {}

    public ServerChecks(CdcConfig config) {
        this.config = config;
    }

    public List<Problem> run() {
        try (ServerCatalog catalog = ServerCatalog.connect(config.database())) {
            boolean streams = config.snapshotMode() != SnapshotMode.INITIAL_ONLY;
            if (streams) {
                walLevel(catalog);
                role(catalog);
                slot(catalog);
            }
            publication(catalog);
        } catch (SQLException e) {
            problems.add(connection(e));
        }
        return problems;
    }

    private Problem connection(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        String message = "cannot connect to " + config.database() + ": " + e.getMessage();
        if (state.startsWith("28")) {
            return new Problem(CdcKeys.USER, message + ". Check user, password and pg_hba.conf");
        }
        return new Problem(
                state.equals("3D000") ? CdcKeys.DATABASE : CdcKeys.HOSTNAME,
                message + ". Check host, port, database name and that the server listens there");
    }

    private void walLevel(ServerCatalog catalog) throws SQLException {
        String level = catalog.setting("wal_level");
        if (!level.equals("logical")) {
            problems.add(
                    new Problem(
                            CdcKeys.HOSTNAME,
                            "wal_level is "
                                    + level
                                    + ", change capture needs logical. Run ALTER SYSTEM SET"
                                    + " wal_level = logical and restart the server"));
        }
    }

    private void role(ServerCatalog catalog) throws SQLException {
        boolean allowed =
                catalog.yes(
                        "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_roles r WHERE (r.rolname ="
                            + " current_user AND (r.rolreplication OR r.rolsuper)) OR (r.rolname IN"
                            + " ('rds_replication', 'rds_superuser', 'azure_pg_admin',"
                            + " 'cloudsqlsuperuser') AND pg_has_role(current_user, r.oid,"
                            + " 'MEMBER')))");
        if (!allowed) {
            String user = Sql.identifier(config.database().user());
            problems.add(
                    new Problem(
                            CdcKeys.USER,
                            "role "
                                    + user
                                    + " may not replicate. Run ALTER ROLE "
                                    + user
                                    + " REPLICATION (on RDS: GRANT rds_replication TO "
                                    + user
                                    + ")"));
        }
    }

    private void slot(ServerCatalog catalog) throws SQLException {
        String name = config.slot().name();
        Optional<ServerCatalog.Slot> slot = catalog.slot(name);
        if (slot.isPresent()) {
            try {
                new ReplicationSlots(config).requireUsable(slot.get());
            } catch (org.apache.kafka.connect.errors.ConnectException e) {
                problems.add(new Problem(CdcKeys.SLOT_NAME, String.valueOf(e.getMessage())));
            }
            return;
        }
        boolean free =
                catalog.yes(
                        "SELECT count(*) < current_setting('max_replication_slots')::int FROM"
                                + " pg_catalog.pg_replication_slots");
        if (!free) {
            problems.add(
                    new Problem(
                            CdcKeys.SLOT_NAME,
                            "all "
                                    + catalog.setting("max_replication_slots")
                                    + " replication slots are taken. Drop one that SELECT * FROM"
                                    + " pg_replication_slots WHERE NOT active shows to be unused,"
                                    + " or raise max_replication_slots and restart the server"));
        }
        boolean sender =
                catalog.yes(
                        "SELECT count(*) < current_setting('max_wal_senders')::int FROM"
                                + " pg_catalog.pg_stat_replication");
        if (!sender) {
            problems.add(
                    new Problem(
                            CdcKeys.SLOT_NAME,
                            "all "
                                    + catalog.setting("max_wal_senders")
                                    + " WAL senders are busy. Raise max_wal_senders and restart the"
                                    + " server"));
        }
    }

    private void publication(ServerCatalog catalog) throws SQLException {
        String name = config.publication().name();
        boolean exists = catalog.publicationExists(name);
        PublicationMode mode = config.publication().mode();
        if (!exists && mode == PublicationMode.DISABLED) {
            problems.add(
                    new Problem(
                            CdcKeys.PUBLICATION,
                            "publication "
                                    + name
                                    + " does not exist. Run CREATE PUBLICATION "
                                    + Sql.identifier(name)
                                    + " FOR TABLE …, or set "
                                    + CdcKeys.PUBLICATION_MODE));
            return;
        }
        if (!exists && mode == PublicationMode.ALL_TABLES && !superuser(catalog)) {
            problems.add(
                    new Problem(
                            CdcKeys.PUBLICATION_MODE,
                            "publication "
                                    + name
                                    + " is missing and only a superuser can make one for all"
                                    + " tables. Set "
                                    + CdcKeys.PUBLICATION_MODE
                                    + "=filtered with "
                                    + CdcKeys.TABLE_INCLUDE
                                    + ", or run as a superuser: CREATE PUBLICATION "
                                    + Sql.identifier(name)
                                    + " FOR ALL TABLES"));
        }
        tables(catalog, exists && mode != PublicationMode.FILTERED);
    }

    private static boolean superuser(ServerCatalog catalog) throws SQLException {
        return catalog.yes("SELECT current_setting('is_superuser') = 'on'");
    }

    private void tables(ServerCatalog catalog, boolean published) throws SQLException {
        List<ServerCatalog.PublishedTable> all =
                published
                        ? catalog.publishedTables(config.publication().name())
                        : catalog.userTables();
        List<ServerCatalog.PublishedTable> captured =
                all.stream()
                        .filter(table -> config.filter().accepts(table.schema(), table.table()))
                        .toList();
        if (captured.isEmpty() && config.filter().namesTables()) {
            problems.add(
                    new Problem(
                            CdcKeys.TABLE_INCLUDE,
                            "no table matches the filters; there are "
                                    + all.stream()
                                            .limit(20)
                                            .map(ServerCatalog.PublishedTable::name)
                                            .toList()));
        }
        for (ServerCatalog.PublishedTable table : captured) {
            readable(catalog, table);
            identity(catalog, table);
        }
    }

    private void readable(ServerCatalog catalog, ServerCatalog.PublishedTable table)
            throws SQLException {
        String name = Sql.table(table.schema(), table.table());
        if (config.snapshotMode() != SnapshotMode.NO_DATA
                && !catalog.yes(
                        "SELECT has_table_privilege(" + Sql.literal(name) + ", 'SELECT')")) {
            problems.add(
                    new Problem(
                            CdcKeys.USER,
                            "the role may not read "
                                    + name
                                    + ". Run GRANT SELECT ON "
                                    + name
                                    + " TO "
                                    + Sql.identifier(config.database().user())));
        }
    }

    /** A table without a replica identity is captured, but the server refuses its updates. */
    private void identity(ServerCatalog catalog, ServerCatalog.PublishedTable table)
            throws SQLException {
        Relation relation = catalog.relation(table);
        boolean keyed = relation.columns().stream().anyMatch(Relation.Column::key);
        if (!keyed && !relation.fullIdentity()) {
            String name = Sql.table(table.schema(), table.table());
            LOGGER.atWarn()
                    .addKeyValue("table", name)
                    .addKeyValue("remedy", "ALTER TABLE " + name + " REPLICA IDENTITY FULL")
                    .log(
                            "no key: records have none, and once published the server refuses"
                                    + " UPDATE and DELETE");
        }
    }
}
