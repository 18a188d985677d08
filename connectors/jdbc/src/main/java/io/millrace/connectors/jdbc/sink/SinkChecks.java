package io.millrace.connectors.jdbc.sink;

import com.zaxxer.hikari.HikariDataSource;
import io.millrace.connectors.jdbc.sql.ConnectionAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** Whether the target can be reached; the problem as text. */
public final class SinkChecks {
    private static final int VALID_WITHIN_SECONDS = 5;

    private SinkChecks() {}

    public static Optional<String> connection(ConnectionAddress address) {
        try (HikariDataSource pool = address.pool("millrace-jdbc-check", 1);
                Connection connection = pool.getConnection()) {
            return connection.isValid(VALID_WITHIN_SECONDS)
                    ? Optional.empty()
                    : Optional.of(address + " does not answer");
        } catch (SQLException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return Optional.of(
                    "cannot connect to "
                            + address
                            + ": "
                            + cause.getMessage()
                            + ". Check host, port, database, user and password");
        }
    }
}
