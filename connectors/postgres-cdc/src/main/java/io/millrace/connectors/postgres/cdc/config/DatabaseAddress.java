package io.millrace.connectors.postgres.cdc.config;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * The captured database and how to log in. The driver's properties are set here one by one; none is
 * taken from the connector's configuration, since driver properties can name classes and files.
 */
public record DatabaseAddress(
        String host,
        int port,
        String user,
        String password,
        String database,
        String sslMode,
        int connectTimeoutSeconds) {
    /**
     * Both kinds of connection print values alike. The driver fixes DateStyle and client_encoding.
     */
    private static final String SESSION_OPTIONS =
            "-c intervalstyle=iso_8601 -c bytea_output=hex -c lc_monetary=C"
                    + " -c statement_timeout=0 -c idle_in_transaction_session_timeout=0";

    public String url() {
        return "jdbc:postgresql://" + hostInUrl() + ":" + port + "/" + encoded(database);
    }

    private String hostInUrl() {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }

    private static String encoded(String text) {
        return java.net.URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8)
                .replace("+", "%20");
    }

    /**
     * An ordinary connection. The driver is called directly: DriverManager does not see a driver
     * that lives in a plugin's own class loader.
     */
    public Connection connect(String applicationName) throws SQLException {
        return open(properties(applicationName));
    }

    /** A connection that takes replication commands. */
    public Connection connectForReplication(String applicationName) throws SQLException {
        Properties properties = properties(applicationName);
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        return open(properties);
    }

    private Connection open(Properties properties) throws SQLException {
        Connection connection = new Driver().connect(url(), properties);
        if (connection == null) {
            throw new SQLException("the driver does not take " + url(), "08001");
        }
        return connection;
    }

    private Properties properties(String applicationName) {
        Properties properties = new Properties();
        PGProperty.USER.set(properties, user);
        PGProperty.PASSWORD.set(properties, password);
        PGProperty.SSL_MODE.set(properties, sslMode);
        PGProperty.CONNECT_TIMEOUT.set(properties, connectTimeoutSeconds);
        PGProperty.LOGIN_TIMEOUT.set(properties, connectTimeoutSeconds);
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        PGProperty.APPLICATION_NAME.set(properties, applicationName);
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "10");
        PGProperty.OPTIONS.set(properties, SESSION_OPTIONS);
        return properties;
    }

    @Override
    public String toString() {
        return user + "@" + host + ":" + port + "/" + database;
    }
}
