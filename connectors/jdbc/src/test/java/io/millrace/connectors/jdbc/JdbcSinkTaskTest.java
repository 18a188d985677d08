package io.millrace.connectors.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JdbcSinkTaskTest {
    private static final Schema KEY =
            SchemaBuilder.struct().name("Key").field("id", Schema.INT64_SCHEMA).build();
    private static final Schema ROW =
            SchemaBuilder.struct()
                    .name("Row")
                    .optional()
                    .field("id", Schema.INT64_SCHEMA)
                    .field("name", Schema.OPTIONAL_STRING_SCHEMA)
                    .field("amount", Schema.OPTIONAL_FLOAT64_SCHEMA)
                    .build();
    private static final Schema ENVELOPE =
            SchemaBuilder.struct()
                    .name("Envelope")
                    .field("before", ROW)
                    .field("after", ROW)
                    .field("source", SchemaBuilder.struct().optional().build())
                    .field("op", Schema.STRING_SCHEMA)
                    .build();

    private TestDatabase db;

    @BeforeEach
    void open() throws Exception {
        db = new TestDatabase();
    }

    @AfterEach
    void close() throws Exception {
        db.close();
    }

    private Map<String, String> upsert(String... pairs) {
        Map<String, String> config = db.config("insert.mode", "upsert", "pk.mode", "record_key");
        for (int i = 0; i < pairs.length; i += 2) {
            config.put(pairs[i], pairs[i + 1]);
        }
        return config;
    }

    private static Struct key(long id) {
        return new Struct(KEY).put("id", id);
    }

    private static Struct row(long id, String name, Double amount) {
        return new Struct(ROW).put("id", id).put("name", name).put("amount", amount);
    }

    @Test
    void createsTheTableThenUpsertsAndDeletesByKey() throws Exception {
        try (SinkRun run = new SinkRun(upsert("auto.create", "true"), false)) {
            run.put(
                    run.record("item", KEY, key(1), ROW, row(1, "one", 1.5)),
                    run.record("item", KEY, key(2), ROW, row(2, "two", null)),
                    run.record("item", KEY, key(1), ROW, row(1, "uno", 2.5)));
            assertThat(db.rows("SELECT * FROM item ORDER BY id"))
                    .containsExactly("1|uno|2.5", "2|two|null");
            run.put(
                    run.record("item", KEY, key(1), ROW, null),
                    run.record("item", KEY, key(2), ROW, row(2, "zwei", 2.0)));
            assertThat(db.rows("SELECT * FROM item")).containsExactly("2|zwei|2");
        }
    }

    @Test
    void writesSchemalessJsonWithTheTargetsTypes() throws Exception {
        db.execute(
                "CREATE SCHEMA report",
                "CREATE TABLE report.revenue (region text, day date, at timestamptz, cents bigint,"
                        + " detail jsonb, price numeric(10,2), tags text[], PRIMARY KEY (region,"
                        + " day))");
        try (SinkRun run = new SinkRun(upsert(), false)) {
            Map<String, Object> value = new HashMap<>();
            value.put("region", "north");
            value.put("day", 19_000L);
            value.put("at", 1_700_000_000_123L);
            value.put("cents", 12L);
            value.put("detail", Map.of("a", List.of(1L, "x\"y")));
            value.put("price", "12.345");
            value.put("tags", java.util.Arrays.asList("a,b", null, "{c}"));
            value.put("unknown", null);
            run.put(run.json("report.revenue", Map.of("region", "north", "day", 19_000L), value));
            assertThat(
                            db.rows(
                                    "SELECT region, day, at AT TIME ZONE 'UTC', cents, detail,"
                                            + " price, tags FROM report.revenue"))
                    .containsExactly(
                            "north|2022-01-08|2023-11-14 22:13:20.123|12|{\"a\": [1,"
                                    + " \"x\\\"y\"]}|12.35|{\"a,b\",NULL,\"{c}\"}");
        }
    }

    @Test
    void unwrapsChangeEventsIncludingDeletes() throws Exception {
        try (SinkRun run =
                new SinkRun(
                        upsert("auto.create", "true", "table.name.format", "${table}"), false)) {
            run.put(
                    run.record(
                            "shop.public.item",
                            KEY,
                            key(1),
                            ENVELOPE,
                            event("c", row(1, "a", 1.0))),
                    run.record(
                            "shop.public.item",
                            KEY,
                            key(2),
                            ENVELOPE,
                            event("r", row(2, "b", 2.0))));
            run.put(
                    run.record("shop.public.item", KEY, key(1), ENVELOPE, event("d", null)),
                    run.record("shop.public.item", KEY, key(1), null, null),
                    run.record(
                            "shop.public.item",
                            KEY,
                            key(2),
                            ENVELOPE,
                            event("u", row(2, "c", 3.0))));
            assertThat(db.rows("SELECT * FROM item")).containsExactly("2|c|3");
        }
    }

    private static Struct event(String op, Struct after) {
        return new Struct(ENVELOPE).put("after", after).put("op", op);
    }

    @Test
    void rowWrittenAfterItsDeleteInOneBatchStartsFresh() throws Exception {
        db.execute("CREATE TABLE item (id bigint PRIMARY KEY, a text, b text)");
        try (SinkRun run = new SinkRun(upsert(), false)) {
            run.put(run.json("item", Map.of("id", 1L), Map.of("a", "old", "b", "old")));
            run.put(
                    run.json("item", Map.of("id", 1L), null),
                    run.json("item", Map.of("id", 1L), Map.of("a", "new")));
            assertThat(db.rows("SELECT * FROM item")).containsExactly("1|new|null");
        }
    }

    @Test
    void valuesThatTheSourceDidNotSendStayAsTheyAre() throws Exception {
        db.execute("CREATE TABLE item (id bigint PRIMARY KEY, a text, b text)");
        try (SinkRun run = new SinkRun(upsert(), false)) {
            run.put(run.json("item", Map.of("id", 1L), Map.of("a", "1", "b", "large")));
            run.put(
                    run.json(
                            "item",
                            Map.of("id", 1L),
                            Map.of("a", "2", "b", "__debezium_unavailable_value")));
            assertThat(db.rows("SELECT * FROM item")).containsExactly("1|2|large");
            run.put(
                    run.record(
                            "item",
                            null,
                            Map.of("id", 1L),
                            null,
                            Map.of("a", "3", "b", "anything"),
                            new ConnectHeaders().addString("millrace.unchanged.columns", "b")));
            assertThat(db.rows("SELECT * FROM item")).containsExactly("1|3|large");
        }
    }

    @Test
    void badRecordIsReportedAndTheOthersAreWritten() throws Exception {
        db.execute("CREATE TABLE item (id bigint PRIMARY KEY, n int)");
        try (SinkRun run = new SinkRun(upsert(), true)) {
            run.put(
                    run.json("item", Map.of("id", 1L), Map.of("n", 1L)),
                    run.json("item", Map.of("id", 2L), Map.of("n", "not a number")),
                    run.json("item", Map.of("id", 3L), Map.of("n", 3L)),
                    run.record("item", null, null, null, Map.of("n", 4L)));
            assertThat(db.rows("SELECT id FROM item ORDER BY id")).containsExactly("1", "3");
            assertThat(run.badRecords()).extracting("kafkaOffset").containsExactly(1L, 3L);
            assertThat(run.badRecordCauses().get(0))
                    .hasMessageContaining("item-0 offset 1")
                    .hasMessageContaining("not a number");
        }
    }

    @Test
    void badRecordEndsTheTaskWithoutAReporterAndNamesPlaceAndRemedy() throws Exception {
        db.execute("CREATE TABLE item (id bigint PRIMARY KEY, name varchar(3))");
        try (SinkRun run = new SinkRun(upsert(), false)) {
            assertThatThrownBy(
                            () ->
                                    run.put(
                                            run.json(
                                                    "item",
                                                    Map.of("id", 1L),
                                                    Map.of("name", "long"))))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining("item-0 offset 0")
                    .hasMessageContaining("too long")
                    .hasMessageContaining("widen the column");
            assertThatThrownBy(() -> run.put(run.json("none", Map.of("id", 1L), Map.of("a", 1L))))
                    .hasMessageContaining("CREATE TABLE IF NOT EXISTS \"none\"")
                    .hasMessageContaining("auto.create");
        }
    }

    @Test
    void addsColumnsWhenAllowed() throws Exception {
        db.execute("CREATE TABLE item (id bigint PRIMARY KEY)");
        try (SinkRun run = new SinkRun(upsert("auto.evolve", "true"), false)) {
            run.put(
                    run.json("item", Map.of("id", 1L), Map.of("flag", true)),
                    run.json("item", Map.of("id", 2L), Map.of("ratio", 0.5, "flag", false)));
            assertThat(db.rows("SELECT id, flag, ratio FROM item ORDER BY id"))
                    .containsExactly("1|t|null", "2|f|0.5");
        }
    }

    @Test
    void insertModeKeepsOrderOfDeleteAndInsertOfOneKey() throws Exception {
        db.execute("CREATE TABLE item (id bigint PRIMARY KEY, n int)");
        try (SinkRun run =
                new SinkRun(db.config("insert.mode", "insert", "pk.mode", "record_key"), false)) {
            run.put(
                    run.json("item", Map.of("id", 1L), Map.of("n", 1L)),
                    run.json("item", Map.of("id", 1L), null),
                    run.json("item", Map.of("id", 1L), Map.of("n", 2L)),
                    run.json("item", Map.of("id", 2L), Map.of("n", 1L)),
                    run.json("item", Map.of("id", 2L), null));
            assertThat(db.rows("SELECT * FROM item")).containsExactly("1|2");
        }
    }

    @Test
    void updateModeChangesExistingRowsOnly() throws Exception {
        db.execute(
                "CREATE TABLE item (id bigint PRIMARY KEY, n int)",
                "INSERT INTO item VALUES (1, 1)");
        try (SinkRun run =
                new SinkRun(db.config("insert.mode", "update", "pk.mode", "record_key"), false)) {
            run.put(
                    run.json("item", Map.of("id", 1L), Map.of("n", 5L)),
                    run.json("item", Map.of("id", 2L), Map.of("n", 5L)));
            assertThat(db.rows("SELECT * FROM item")).containsExactly("1|5");
        }
    }

    @Test
    void kafkaCoordinatesAreTheKeyInKafkaMode() throws Exception {
        try (SinkRun run =
                new SinkRun(
                        db.config(
                                "insert.mode", "upsert", "pk.mode", "kafka", "auto.create", "true"),
                        false)) {
            run.put(run.record("log", null, null, null, Map.of("line", "x")));
            assertThat(db.rows("SELECT * FROM log")).containsExactly("log|0|0|x");
        }
    }

    @Test
    void offsetsInTheTargetMakeRedeliveryHarmless() throws Exception {
        db.execute("CREATE TABLE item (n int)");
        Map<String, String> config = db.config("offsets.in.target", "true");
        TopicPartition partition = new TopicPartition("item", 0);
        try (SinkRun run = new SinkRun(config, false)) {
            run.task().open(List.of(partition));
            var first = run.record("item", null, null, null, Map.of("n", 1L));
            var second = run.record("item", null, null, null, Map.of("n", 2L));
            run.put(first, second);
            run.put(second, run.record("item", null, null, null, Map.of("n", 3L)));
            assertThat(db.rows("SELECT n FROM item ORDER BY n")).containsExactly("1", "2", "3");
        }
        try (SinkRun again = new SinkRun(config, false)) {
            again.task().open(List.of(partition));
            assertThat(again.seeks()).containsEntry(partition, 3L);
        }
    }

    @Test
    void lostConnectionIsRetriable() throws Exception {
        db.execute("CREATE TABLE item (id bigint PRIMARY KEY, n int)");
        try (SinkRun run = new SinkRun(upsert(), false)) {
            run.put(run.json("item", Map.of("id", 1L), Map.of("n", 1L)));
            db.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name"
                            + " LIKE 'millrace-jdbc-sink%'");
            var record = run.json("item", Map.of("id", 1L), Map.of("n", 2L));
            try {
                run.put(record);
            } catch (RetriableException expected) {
                run.put(record);
            }
            assertThat(db.rows("SELECT n FROM item")).containsExactly("2");
        }
    }

    @Test
    void thousandsOfRowsGoInFewStatements() throws Exception {
        db.execute("CREATE TABLE item (id bigint PRIMARY KEY, n int)");
        try (SinkRun run = new SinkRun(upsert(), false)) {
            org.apache.kafka.connect.sink.SinkRecord[] records =
                    new org.apache.kafka.connect.sink.SinkRecord[7000];
            for (int i = 0; i < records.length; i++) {
                records[i] = run.json("item", Map.of("id", (long) i % 5000), Map.of("n", (long) i));
            }
            run.put(records);
            assertThat(db.rows("SELECT count(*), sum(n) FROM item"))
                    .containsExactly("5000|" + (5000L * 4999 / 2 + 2000L * 5000));
        }
    }
}
