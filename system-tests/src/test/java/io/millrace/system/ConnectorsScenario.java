package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.leangen.geantyref.GenericTypeReflector;
import io.millrace.connectors.jdbc.JdbcSinkConnector;
import io.millrace.connectors.postgres.cdc.PostgresCdcSourceConnector;
import io.millrace.peers.ApacheKafkaBroker;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.Driver;

/**
 * Change capture and JDBC sink in a worker that is a process: tables are captured and written to
 * copies, twice, through JSON without and with schemas. Connections are cut and the worker is
 * killed meanwhile; in the end the copies equal the tables.
 */
abstract class ConnectorsScenario {
    static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir private static Path plugins;
    private static EmbeddedPostgres postgres;
    private static ApacheKafkaBroker broker;
    private static Worker worker;

    /** A worker as a process. */
    interface Worker extends AutoCloseable {
        String restUrl();

        void kill();

        @Override
        void close();
    }

    /** A worker with JSON converters, that reaches the cluster and loads the plugins. */
    abstract Worker startWorker(String bootstrap, String pluginPath);

    @BeforeAll
    static void startServers() throws Exception {
        postgres =
                EmbeddedPostgres.builder()
                        .setServerConfig("wal_level", "logical")
                        .setServerConfig("fsync", "off")
                        .start();
        broker = ApacheKafkaBroker.start();
        PluginDirectory.fill(
                plugins.resolve("postgres-cdc"),
                List.of(PostgresCdcSourceConnector.class, Driver.class));
        PluginDirectory.fill(
                plugins.resolve("jdbc"),
                List.of(
                        JdbcSinkConnector.class,
                        Driver.class,
                        HikariDataSource.class,
                        Jdbi.class,
                        GenericTypeReflector.class));
    }

    @AfterAll
    static void stopServers() throws Exception {
        if (worker != null) {
            worker.close();
        }
        broker.close();
        postgres.close();
    }

    @Test
    void copiesEqualTheTablesAfterCutConnectionsAndAKilledWorker() throws Exception {
        createTables();
        worker = startWorker(broker.bootstrap(), plugins.toString());
        write(1, 500);
        deploy("plain", "false");
        deploy("schemas", "true");
        awaitRunning("plain-source", "plain-sink", "schemas-source", "schemas-sink");
        write(501, 1000);
        sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE"
                        + " 'millrace-%'");
        write(1001, 1500);
        worker.kill();
        write(1501, 2000);
        worker = startWorker(broker.bootstrap(), plugins.toString());
        awaitRunning("plain-source", "plain-sink", "schemas-source", "schemas-sink");
        write(2001, 2500);
        Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(
                        () -> {
                            assertSame("plain.item", "public.item");
                            assertSame("plain.part", "public.part");
                            assertSame("schemas.item", "public.item");
                            assertSame("schemas.part", "public.part");
                        });
        assertThat(rows("SELECT count(*) > 500 FROM plain.item")).containsExactly("t");
    }

    private static void createTables() throws SQLException {
        sql(
                "CREATE TABLE item (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text"
                    + " NOT NULL, price numeric(10,2), at timestamptz, born timestamp, day date,"
                    + " tags text[], extra jsonb, big text, bin bytea)");
        sql("CREATE TABLE part (item bigint, line int, n int, PRIMARY KEY (item, line))");
        sql("ALTER TABLE item ALTER big SET STORAGE EXTERNAL");
        for (String copy : List.of("plain", "schemas")) {
            sql("CREATE SCHEMA " + copy);
            sql("CREATE TABLE " + copy + ".item (LIKE public.item INCLUDING ALL)");
            sql("CREATE TABLE " + copy + ".part (LIKE public.part INCLUDING ALL)");
        }
    }

    /** Transactions over both tables: inserts, updates that leave the large value, deletes. */
    private static void write(int from, int to) throws SQLException {
        for (int i = from; i <= to; i += 10) {
            sql(
                    "BEGIN; INSERT INTO item (name, price, at, born, day, tags, extra, big, bin)"
                        + " SELECT 'n' || i, i / 100.0, now(), now() AT TIME ZONE 'UTC',"
                        + " current_date, ARRAY['a,b', NULL], '{\"k\": [1]}', CASE WHEN i % 5 = 0"
                        + " THEN repeat('x', 9000) END, '\\x00ff' FROM generate_series("
                            + i
                            + ", "
                            + (i + 9)
                            + ") i; INSERT INTO part SELECT id, 1, 0 FROM item WHERE id % 3 = 0 ON"
                            + " CONFLICT (item, line) DO UPDATE SET n = part.n + 1; UPDATE item SET"
                            + " name = name || '+' WHERE id % 10 = 5 AND id > "
                            + (i - 50)
                            + "; DELETE FROM part WHERE item % 7 = 0 AND n > 1; DELETE FROM item"
                            + " WHERE id % 11 = 0; UPDATE part SET line = 2 WHERE line = 1 AND item"
                            + " % 13 = 0 AND NOT EXISTS (SELECT 1 FROM part p WHERE p.item ="
                            + " part.item AND p.line = 2); COMMIT");
        }
    }

    private static void deploy(String name, String schemas) throws Exception {
        Map<String, String> source = new TreeMap<>();
        source.put("connector.class", PostgresCdcSourceConnector.class.getName());
        source.put("database.hostname", "127.0.0.1");
        source.put("database.port", String.valueOf(postgres.getPort()));
        source.put("database.user", "postgres");
        source.put("database.password", "postgres");
        source.put("database.dbname", "postgres");
        source.put("topic.prefix", name);
        source.put("slot.name", name);
        source.put("publication.name", name);
        source.put("publication.autocreate.mode", "filtered");
        source.put("schema.include.list", "public");
        if (schemas.equals("false")) {
            source.put("decimal.handling.mode", "string");
        }
        Map<String, String> sink = new TreeMap<>();
        sink.put("connector.class", JdbcSinkConnector.class.getName());
        sink.put("topics", name + ".public.item," + name + ".public.part");
        sink.put(
                "connection.url",
                "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres");
        sink.put("connection.user", "postgres");
        sink.put("connection.password", "postgres");
        sink.put("insert.mode", "upsert");
        sink.put("pk.mode", "record_key");
        sink.put("table.name.format", name + ".${table}");
        sink.put("retry.backoff.ms", "200");
        sink.put("consumer.override.auto.offset.reset", "earliest");
        for (Map<String, String> config : List.of(source, sink)) {
            for (String part : List.of("key", "value")) {
                config.put(part + ".converter", "org.apache.kafka.connect.json.JsonConverter");
                config.put(part + ".converter.schemas.enable", schemas);
            }
        }
        put("/connectors/" + name + "-source/config", source);
        put("/connectors/" + name + "-sink/config", sink);
    }

    private static void awaitRunning(String... connectors) {
        Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(300))
                .untilAsserted(
                        () -> {
                            for (String connector : connectors) {
                                String status =
                                        call("GET", "/connectors/" + connector + "/status", "");
                                assertThat(status)
                                        .containsPattern(
                                                "\"tasks\":\\[\\{[^]]*\"state\":\"RUNNING\"");
                            }
                        });
    }

    private static void put(String path, Map<String, String> config) throws Exception {
        String json =
                config.entrySet().stream()
                        .map(entry -> "\"" + entry.getKey() + "\":\"" + entry.getValue() + "\"")
                        .collect(Collectors.joining(",", "{", "}"));
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(call("PUT", path, json)).contains("\"tasks\""));
    }

    private static String call(String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(worker.restUrl() + path))
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static void assertSame(String copy, String table) throws SQLException {
        assertThat(rows("(TABLE " + table + " EXCEPT TABLE " + copy + ") LIMIT 3"))
                .as("rows of %s missing in %s", table, copy)
                .isEmpty();
        assertThat(rows("(TABLE " + copy + " EXCEPT TABLE " + table + ") LIMIT 3"))
                .as("rows of %s not in %s", copy, table)
                .isEmpty();
    }

    private static void sql(String text) throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    private static List<String> rows(String query) throws SQLException {
        List<String> rows = new java.util.ArrayList<>();
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            while (result.next()) {
                rows.add(result.getString(1));
            }
        }
        return rows;
    }
}
