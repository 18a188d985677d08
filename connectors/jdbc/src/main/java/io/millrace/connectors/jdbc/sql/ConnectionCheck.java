package io.millrace.connectors.jdbc.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** Whether a database can be reached; the problem as text. */
public final class ConnectionCheck {
    private static final int VALID_WITHIN_SECONDS = 5;

    private ConnectionCheck() {}

    public static Optional<String> problem(ConnectionAddress address) {
        try (Connection connection = address.connect("millrace-jdbc-check")) {
            return connection.isValid(VALID_WITHIN_SECONDS)
                    ? Optional.empty()
                    : Optional.of(address + " does not answer");
        } catch (SQLException e) {
            return Optional.of(
                    "cannot connect to "
                            + address
                            + ": "
                            + e.getMessage()
                            + ". Check host, port, database, user and password");
        }
    }
}
