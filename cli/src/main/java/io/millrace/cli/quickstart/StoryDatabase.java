package io.millrace.cli.quickstart;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/** The story's PostgreSQL: one of our own with {@code wal_level=logical}, or the user's. */
final class StoryDatabase implements AutoCloseable {
    private static final int POOL_SIZE = 4;

    private final @Nullable EmbeddedPostgres embedded;
    private final HikariDataSource pool;
    private final Address address;

    /** Where the database is and who logs in. */
    record Address(String host, int port, String database, String user, String password) {

        String jdbcUrl() {
            return "jdbc:postgresql://" + host + ":" + port + "/" + database;
        }

        /**
         * Reads {@code jdbc:postgresql://host[:port]/database?user=…&password=…}.
         *
         * @throws IllegalArgumentException if it is not of that form
         */
        static Address parse(String jdbcUrl) {
            if (!jdbcUrl.startsWith("jdbc:postgresql://")) {
                throw new IllegalArgumentException(
                        "--jdbc-url="
                                + jdbcUrl
                                + " is not of the form"
                                + " jdbc:postgresql://host[:port]/database?user=NAME&password=SECRET");
            }
            URI uri = URI.create(jdbcUrl.substring("jdbc:".length()));
            Map<String, String> query = new HashMap<>();
            if (uri.getRawQuery() != null) {
                for (String part : uri.getRawQuery().split("&")) {
                    int equals = part.indexOf('=');
                    query.put(
                            equals < 0 ? part : part.substring(0, equals),
                            equals < 0
                                    ? ""
                                    : URLDecoder.decode(
                                            part.substring(equals + 1), StandardCharsets.UTF_8));
                }
            }
            String database = uri.getPath().length() > 1 ? uri.getPath().substring(1) : "postgres";
            int port = uri.getPort() < 0 ? 5432 : uri.getPort();
            return new Address(
                    uri.getHost(),
                    port,
                    database,
                    query.getOrDefault("user", "postgres"),
                    query.getOrDefault("password", ""));
        }
    }

    private StoryDatabase(@Nullable EmbeddedPostgres embedded, Address address) {
        this.embedded = embedded;
        this.address = address;
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(address.jdbcUrl());
        config.setUsername(address.user());
        config.setPassword(address.password());
        config.setMaximumPoolSize(POOL_SIZE);
        config.setPoolName("story");
        this.pool = new HikariDataSource(config);
    }

    /** Starts a PostgreSQL whose data live below {@code directory}. */
    static StoryDatabase embedded(Path directory) throws IOException {
        EmbeddedPostgres server =
                EmbeddedPostgres.builder()
                        .setDataDirectory(directory.resolve("postgres"))
                        .setServerConfig("wal_level", "logical")
                        .setServerConfig("max_wal_senders", "10")
                        .setServerConfig("max_replication_slots", "10")
                        .start();
        return new StoryDatabase(
                server,
                new Address("localhost", server.getPort(), "postgres", "postgres", "postgres"));
    }

    /** Uses the database at {@code jdbcUrl}; its {@code wal_level} must be {@code logical}. */
    static StoryDatabase at(String jdbcUrl) {
        StoryDatabase database = new StoryDatabase(null, Address.parse(jdbcUrl));
        String walLevel =
                database.jdbi()
                        .withHandle(
                                handle ->
                                        handle.createQuery("SHOW wal_level")
                                                .mapTo(String.class)
                                                .one());
        if (!walLevel.equals("logical")) {
            database.close();
            throw new IllegalStateException(
                    "the database at "
                            + jdbcUrl
                            + " has wal_level="
                            + walLevel
                            + "; change capture needs: ALTER SYSTEM SET wal_level = logical; then"
                            + " restart PostgreSQL");
        }
        return database;
    }

    Jdbi jdbi() {
        return Jdbi.create(pool);
    }

    Address address() {
        return address;
    }

    @Override
    public void close() {
        pool.close();
        if (embedded != null) {
            try {
                embedded.close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException("the story's PostgreSQL did not stop", e);
            }
        }
    }
}
