package io.millrace.connectors.postgres.cdc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A database of its own on the one PostgreSQL server that all tests of this JVM share. */
final class TestDatabase implements AutoCloseable {
    private static final AtomicInteger COUNTER = new AtomicInteger();
    private static final EmbeddedPostgres SERVER = startServer();

    private final String name = "db" + COUNTER.incrementAndGet();
    private final Connection connection;

    TestDatabase() throws SQLException {
        try (Connection admin = open("postgres");
                Statement statement = admin.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        connection = open(name);
    }

    private static EmbeddedPostgres startServer() {
        try {
            return EmbeddedPostgres.builder()
                    .setServerConfig("wal_level", "logical")
                    .setServerConfig("max_replication_slots", "60")
                    .setServerConfig("max_wal_senders", "60")
                    .setServerConfig("max_connections", "200")
                    .setServerConfig("fsync", "off")
                    .setServerConfig("synchronous_commit", "off")
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Connection open(String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + SERVER.getPort() + "/" + database,
                "postgres",
                "postgres");
    }

    String name() {
        return name;
    }

    Connection connection() {
        return connection;
    }

    Connection newConnection() throws SQLException {
        return open(name);
    }

    void execute(String... sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String one : sql) {
                statement.execute(one);
            }
        }
    }

    String text(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : null;
        }
    }

    /** A connector configuration for this database, with pairs that add to it or replace. */
    Map<String, String> config(String... pairs) {
        Map<String, String> config = new HashMap<>();
        config.put("database.hostname", "127.0.0.1");
        config.put("database.port", String.valueOf(SERVER.getPort()));
        config.put("database.user", "postgres");
        config.put("database.password", "postgres");
        config.put("database.dbname", name);
        config.put("topic.prefix", "shop");
        config.put("slot.name", "slot_" + name);
        config.put("status.update.interval.ms", "100");
        config.put("poll.interval.ms", "50");
        config.put("retriable.restart.connector.wait.ms", "20");
        for (int i = 0; i < pairs.length; i += 2) {
            config.put(pairs[i], pairs[i + 1]);
        }
        return config;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
