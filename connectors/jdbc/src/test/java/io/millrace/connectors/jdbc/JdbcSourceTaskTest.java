package io.millrace.connectors.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JdbcSourceTaskTest {
    private final Map<Map<String, ?>, Map<String, Object>> offsets = new HashMap<>();
    private TestDatabase db;

    @BeforeEach
    void open() throws Exception {
        db = new TestDatabase();
    }

    @AfterEach
    void close() throws Exception {
        db.close();
    }

    private Map<String, String> config(String mode, String... pairs) {
        Map<String, String> config = db.config(pairs);
        config.put("mode", mode);
        config.put("topic.prefix", "db-");
        config.put("poll.interval.ms", "5");
        config.putIfAbsent("batch.max.rows", "7");
        return config;
    }

    private static List<Object> ids(List<SourceRecord> records) {
        return SourceRun.column(records, "id");
    }

    private static List<Object> range(int from, int to) {
        return IntStream.rangeClosed(from, to).boxed().collect(Collectors.toList());
    }

    @Test
    void incrementingReadsOnFromTheStoredNumber() throws Exception {
        db.execute(
                "CREATE TABLE item (id int PRIMARY KEY)",
                "INSERT INTO item SELECT generate_series(1, 20)");
        try (SourceRun run = new SourceRun(config("incrementing"), offsets)) {
            assertThat(ids(run.receive(20))).isEqualTo(range(1, 20));
            db.execute("INSERT INTO item VALUES (21)");
            assertThat(ids(run.receive(21))).isEqualTo(range(1, 21));
            assertThat(run.receive(21).get(0).topic()).isEqualTo("db-item");
            run.acknowledge(10);
        }
        try (SourceRun run = new SourceRun(config("incrementing"), offsets)) {
            assertThat(ids(run.receive(11))).isEqualTo(range(11, 21));
        }
    }

    @Test
    void timestampModeNeverCutsRowsOfOneTimestamp() throws Exception {
        db.execute("CREATE TABLE item (id int PRIMARY KEY, changed timestamp)");
        // 30 rows in 3 groups of one timestamp each, with microseconds.
        db.execute(
                "INSERT INTO item SELECT i, '2020-01-01 00:00:00.123456'::timestamp + (i / 10) *"
                        + " interval '1 microsecond' FROM generate_series(0, 29) i");
        for (int acknowledged = 0; acknowledged <= 30; acknowledged += 3) {
            offsets.clear();
            Set<Object> seen = new HashSet<>();
            Map<String, String> config = config("timestamp", "timestamp.column.name", "changed");
            try (SourceRun run = new SourceRun(config, offsets)) {
                run.receive(30);
                run.acknowledge(acknowledged);
                seen.addAll(ids(run.receive(30).subList(0, acknowledged)));
            }
            try (SourceRun run = new SourceRun(config, offsets)) {
                int done = acknowledged / 10 * 10;
                if (done < 30) {
                    seen.addAll(ids(run.receive(30 - done)));
                }
                assertThat(run.receive(30 - done)).hasSize(30 - done);
            }
            assertThat(seen).as("acknowledged %d", acknowledged).hasSize(30);
        }
    }

    @Test
    void timestampAndNumberTogetherSeeUpdatesAndContinueWithinATimestamp() throws Exception {
        db.execute(
                "CREATE TABLE item (id int PRIMARY KEY, changed timestamptz NOT NULL)",
                "INSERT INTO item SELECT i, '2020-01-01Z' FROM generate_series(1, 20) i");
        Map<String, String> config =
                config("timestamp+incrementing", "timestamp.column.name", "changed");
        try (SourceRun run = new SourceRun(config, offsets)) {
            run.receive(20);
            run.acknowledge(13);
        }
        try (SourceRun run = new SourceRun(config, offsets)) {
            assertThat(ids(run.receive(7))).isEqualTo(range(14, 20));
            db.execute("UPDATE item SET changed = '2020-01-02Z' WHERE id = 3");
            assertThat(ids(run.receive(8))).endsWith(3);
        }
    }

    @Test
    void delayKeepsYoungRowsBack() throws Exception {
        db.execute(
                "CREATE TABLE item (id int, changed timestamptz)",
                "INSERT INTO item VALUES (1, now() - interval '1 hour'), (2, now())");
        Map<String, String> config =
                config(
                        "timestamp",
                        "timestamp.column.name",
                        "changed",
                        "timestamp.delay.interval.ms",
                        "600000");
        try (SourceRun run = new SourceRun(config, offsets)) {
            run.receive(1);
            for (int i = 0; i < 5; i++) {
                run.poll();
            }
            assertThat(ids(run.receive(1))).containsExactly(1);
        }
    }

    @Test
    void bulkReadsAllRowsEachTimeAndTheListsChooseTables() throws Exception {
        db.execute(
                "CREATE TABLE item (id int)",
                "CREATE TABLE other (id int)",
                "INSERT INTO item VALUES (1), (2)",
                "INSERT INTO other VALUES (9)");
        try (SourceRun run = new SourceRun(config("bulk", "table.blacklist", "other"), offsets)) {
            assertThat(ids(run.receive(4))).startsWith(1, 2, 1, 2);
        }
    }

    @Test
    void queryModeWrapsTheQuery() throws Exception {
        db.execute(
                "CREATE TABLE item (id int, name text)",
                "INSERT INTO item SELECT i, 'n' || i FROM generate_series(1, 10) i");
        Map<String, String> config =
                config(
                        "incrementing",
                        "query",
                        "SELECT id, upper(name) AS name FROM item WHERE id % 2 = 0",
                        "incrementing.column.name",
                        "id");
        try (SourceRun run = new SourceRun(config, offsets)) {
            List<SourceRecord> records = run.receive(5);
            assertThat(SourceRun.column(records, "name"))
                    .containsExactly("N2", "N4", "N6", "N8", "N10");
            assertThat(records.get(0).topic()).isEqualTo("db-");
        }
    }

    @Test
    void everyTypeGoesThroughSourceAndSinkUnchanged() throws Exception {
        db.execute(
                "CREATE TABLE origin (id bigserial PRIMARY KEY, b bool, s smallint, i int, r real,"
                    + " d double precision, n numeric(12,4), free numeric, t text, v varchar(9),"
                    + " bin bytea, day date, clock time, at timestamp, zoned timestamptz, j jsonb,"
                    + " u uuid, tags text[], nums int[], ip inet, span interval)",
                "INSERT INTO origin VALUES (DEFAULT, true, -1, 2, 1.5, 0.1, 12.3456,"
                        + " 1.000000000000000000001, 'ü', 'x', '\\x00ff', '2026-11-20',"
                        + " '12:34:56.789012', '2026-11-20 13:00:00.123456', '2026-11-20"
                        + " 13:00:00.123456+02', '{\"a\": [1]}',"
                        + " 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{\"a,b\",NULL}', '{1,NULL}',"
                        + " '10.0.0.1', '1 mon 2 days')",
                "INSERT INTO origin (id, day, at, zoned) VALUES (2, 'infinity', '-infinity',"
                        + " 'infinity')",
                "CREATE TABLE copy (LIKE origin INCLUDING INDEXES)");
        List<SourceRecord> records;
        try (SourceRun run =
                new SourceRun(config("incrementing", "table.whitelist", "origin"), offsets)) {
            records = List.copyOf(run.receive(2));
        }
        try (SinkRun sink =
                new SinkRun(
                        db.config(
                                "insert.mode", "upsert",
                                "pk.mode", "record_value",
                                "pk.fields", "id"),
                        false)) {
            for (SourceRecord record : records) {
                Struct value = (Struct) record.value();
                sink.put(sink.record("copy", null, null, value.schema(), value));
            }
        }
        assertThat(db.rows("SELECT * FROM copy EXCEPT SELECT * FROM origin")).isEmpty();
        assertThat(db.rows("SELECT count(*) FROM copy")).containsExactly("2");
    }

    @Test
    void tablesAreSharedOutAmongTasks() throws Exception {
        db.execute("CREATE TABLE a (id int)", "CREATE TABLE b (id int)", "CREATE TABLE c (id int)");
        JdbcSourceConnector connector = new JdbcSourceConnector();
        connector.start(config("bulk"));
        try {
            assertThat(connector.taskConfigs(2))
                    .extracting(task -> task.get(JdbcSourceConnector.TASK_TABLES))
                    .containsExactly("public.a,public.b", "public.c");
        } finally {
            connector.stop();
        }
    }
}
