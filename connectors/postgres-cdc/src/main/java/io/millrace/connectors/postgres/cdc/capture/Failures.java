package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.config.CdcConfig;
import java.sql.SQLException;
import java.util.Optional;
import org.apache.kafka.connect.errors.ConnectException;

/** Which database failures end the task, and what the operator is told. */
final class Failures {
    private final CdcConfig config;
    private final ReplicationSlots slots;

    Failures(CdcConfig config, ReplicationSlots slots) {
        this.config = config;
        this.slots = slots;
    }

    /** Empty for failures that a later attempt can overcome. */
    Optional<ConnectException> fatal(SQLException failure) {
        String state = failure.getSQLState() == null ? "" : failure.getSQLState();
        String message = String.valueOf(failure.getMessage());
        if (state.startsWith("28")) {
            return Optional.of(
                    because(
                            "login is refused",
                            "check database.user and database.password",
                            failure));
        }
        return switch (state) {
            case "3D000" ->
                    Optional.of(because("no such database", "correct database.dbname", failure));
            // undefined_file: the log segment is gone; 55000: the slot was invalidated.
            case "58P01" -> Optional.of(slots.lost(message));
            case "55000" ->
                    message.contains("wal_level")
                            ? Optional.of(
                                    because(
                                            "logical decoding is off",
                                            "run ALTER SYSTEM SET wal_level = logical and restart"
                                                    + " the server",
                                            failure))
                            : Optional.of(slots.lost(message));
            case "42704" ->
                    message.contains("publication")
                            ? Optional.of(
                                    because(
                                            "the publication is missing at the slot's position",
                                            "create the publication before the slot: drop the"
                                                    + " slot, create the publication, start with"
                                                    + " snapshot.mode=initial and no offsets",
                                            failure))
                            : Optional.of(slots.lost(message));
            case "42501" ->
                    Optional.of(
                            because(
                                    "the role lacks a privilege",
                                    "run ALTER ROLE "
                                            + Sql.identifier(config.database().user())
                                            + " REPLICATION; and GRANT SELECT ON the captured"
                                            + " tables; publication.autocreate.mode=all_tables"
                                            + " needs a superuser, filtered needs the tables'"
                                            + " owner",
                                    failure));
            case "53400" ->
                    Optional.of(
                            because(
                                    "no replication slot is free",
                                    "raise max_replication_slots, or drop a slot that"
                                            + " pg_replication_slots shows as inactive",
                                    failure));
            default -> Optional.empty();
        };
    }

    private ConnectException because(String what, String remedy, SQLException failure) {
        return new ConnectException(
                config.database()
                        + ": "
                        + what
                        + " ("
                        + failure.getMessage()
                        + "). Remedy: "
                        + remedy,
                failure);
    }
}
