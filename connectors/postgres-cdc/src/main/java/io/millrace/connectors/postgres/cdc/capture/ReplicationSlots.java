package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.config.CdcConfig;
import io.millrace.connectors.postgres.cdc.wire.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes, checks and drops the replication slot. */
final class ReplicationSlots {
    private static final Logger LOGGER = LoggerFactory.getLogger(ReplicationSlots.class);

    private final CdcConfig config;

    ReplicationSlots(CdcConfig config) {
        this.config = config;
    }

    /**
     * A slot that was just made, with the snapshot that shows the database exactly at its position.
     * The snapshot can be taken over until this is closed.
     */
    record Created(Connection holder, long consistentPoint, String snapshotName)
            implements AutoCloseable {
        @Override
        public void close() throws SQLException {
            holder.close();
        }
    }

    Created create() throws SQLException {
        Connection connection = config.database().connectForReplication("millrace-cdc-slot");
        String name = config.slot().name();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "CREATE_REPLICATION_SLOT "
                                        + Sql.identifier(name)
                                        + " LOGICAL pgoutput EXPORT_SNAPSHOT")) {
            row.next();
            long point = Lsn.parse(row.getString("consistent_point"));
            String snapshot = row.getString("snapshot_name");
            LOGGER.atInfo()
                    .addKeyValue("slot", name)
                    .addKeyValue("lsn", Lsn.format(point))
                    .log("created the replication slot");
            return new Created(connection, point, snapshot);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** Refuses a slot from which the stored position cannot be continued. */
    void requireUsable(ServerCatalog.Slot slot) {
        String name = config.slot().name();
        if (!slot.plugin().equals("pgoutput")) {
            throw new ConnectException(
                    "replication slot "
                            + name
                            + " decodes with "
                            + slot.plugin()
                            + ", not pgoutput; set slot.name to another name");
        }
        if (!config.database().database().equals(slot.database())) {
            throw new ConnectException(
                    "replication slot "
                            + name
                            + " belongs to database "
                            + slot.database()
                            + ", not "
                            + config.database().database()
                            + "; set slot.name to another name");
        }
        if (slot.lost()) {
            throw lost("the server has removed log that the slot still needed (wal_status=lost)");
        }
    }

    /** The one failure that must never be papered over: changes are gone. */
    ConnectException lost(String why) {
        String name = config.slot().name();
        return new ConnectException(
                "replication slot "
                        + name
                        + " cannot be continued: "
                        + why
                        + ". Changes since the stored position are lost for this connector. To"
                        + " start over with a new snapshot: stop the connector, run SELECT"
                        + " pg_drop_replication_slot('"
                        + name
                        + "') if the slot still exists, delete the connector's offsets (DELETE"
                        + " /connectors/<name>/offsets), start it with snapshot.mode=initial. To"
                        + " prevent it: raise max_slot_wal_keep_size.");
    }

    void drop(ServerCatalog catalog) throws SQLException {
        String name = config.slot().name();
        catalog.text("SELECT pg_catalog.pg_drop_replication_slot(" + Sql.literal(name) + ")::text");
        LOGGER.atInfo().addKeyValue("slot", name).log("dropped the replication slot");
    }
}
