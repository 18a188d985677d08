package io.millrace.connectors.postgres.cdc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RowShapesTest {
    private TestDatabase db;

    @BeforeEach
    void open() throws Exception {
        db = new TestDatabase();
    }

    @AfterEach
    void close() throws Exception {
        db.close();
    }

    private TaskRun streaming(String... pairs) {
        Map<String, String> config = db.config(pairs);
        config.put("snapshot.mode", "no_data");
        TaskRun run = new TaskRun(config, Map.of());
        Awaitility.await()
                .until(
                        () ->
                                "t"
                                        .equals(
                                                db.text(
                                                        "SELECT active FROM pg_replication_slots"
                                                                + " WHERE slot_name = 'slot_"
                                                                + db.name()
                                                                + "'")));
        return run;
    }

    @Test
    void keyChangeIsADeleteAndACreateThatNameEachOther() throws Exception {
        db.execute("CREATE TABLE t (a int, b int, v text, PRIMARY KEY (b, a))");
        db.execute("INSERT INTO t VALUES (1, 2, 'x')");
        try (TaskRun run = streaming()) {
            db.execute("UPDATE t SET a = 5");
            List<SourceRecord> records = run.receive(3);
            assertThat(TaskRun.describe(records))
                    .containsExactly(
                            "d Struct{a=1,b=2}", "tombstone Struct{a=1,b=2}", "c Struct{a=5,b=2}");
            assertThat(records.get(0).headers().lastWithName("__debezium.newkey").value())
                    .isEqualTo(records.get(2).key());
            assertThat(records.get(2).headers().lastWithName("__debezium.oldkey").value())
                    .isEqualTo(records.get(0).key());
            assertThat(TaskRun.after(records.get(2)).getString("v")).isEqualTo("x");
        }
    }

    @Test
    void fullReplicaIdentityGivesWholeBeforeImagesAndThePrimaryKeyAsKey() throws Exception {
        db.execute(
                "CREATE TABLE t (id int PRIMARY KEY, v text, big text)",
                "ALTER TABLE t REPLICA IDENTITY FULL",
                "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
                "INSERT INTO t VALUES (1, 'old', repeat('z', 9000))");
        try (TaskRun run = streaming()) {
            db.execute("UPDATE t SET v = 'new'", "DELETE FROM t");
            List<SourceRecord> records = run.receive(3);
            assertThat(TaskRun.describe(records))
                    .containsExactly("u Struct{id=1}", "d Struct{id=1}", "tombstone Struct{id=1}");
            assertThat(TaskRun.before(records.get(0)).getString("v")).isEqualTo("old");
            // The unchanged large value is filled in from the before image.
            assertThat(TaskRun.after(records.get(0)).getString("big")).hasSize(9000);
            assertThat(TaskRun.before(records.get(1)).getString("v")).isEqualTo("new");
        }
    }

    @Test
    void unchangedLargeValuesAreMarked() throws Exception {
        db.execute(
                "CREATE TABLE t (id int PRIMARY KEY, v int, txt text, bin bytea, arr text[])",
                "ALTER TABLE t ALTER txt SET STORAGE EXTERNAL, ALTER bin SET STORAGE EXTERNAL,"
                        + " ALTER arr SET STORAGE EXTERNAL",
                "INSERT INTO t VALUES (1, 0, repeat('z', 9000), decode(repeat('ab', 9000), 'hex'),"
                        + " array_fill('long text'::text, ARRAY[2000]))");
        try (TaskRun run = streaming()) {
            db.execute("UPDATE t SET v = 1");
            SourceRecord update = run.receive(1).get(0);
            Struct after = TaskRun.after(update);
            assertThat(after.getInt32("v")).isEqualTo(1);
            assertThat(after.getString("txt")).isEqualTo("__debezium_unavailable_value");
            assertThat(new String(after.getBytes("bin"), "UTF-8"))
                    .isEqualTo("__debezium_unavailable_value");
            assertThat(after.getArray("arr")).isEqualTo(List.of("__debezium_unavailable_value"));
            assertThat(update.headers().lastWithName("millrace.unchanged.columns").value())
                    .isEqualTo("txt,bin,arr");
        }
    }

    @Test
    void truncateIsAnEventWhenAskedFor() throws Exception {
        db.execute("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
        try (TaskRun run = streaming("skipped.operations", "none")) {
            db.execute("TRUNCATE t", "INSERT INTO t VALUES (2)");
            assertThat(TaskRun.describe(run.receive(2)))
                    .containsExactly("t null", "c Struct{id=2}");
        }
    }

    @Test
    void addedColumnAppearsWithTheFirstRowThatHasIt() throws Exception {
        db.execute("CREATE TABLE t (id int PRIMARY KEY)");
        try (TaskRun run = streaming()) {
            db.execute(
                    "INSERT INTO t VALUES (1)",
                    "ALTER TABLE t ADD COLUMN name text",
                    "INSERT INTO t VALUES (2, 'two')",
                    "UPDATE t SET name = 'one' WHERE id = 1",
                    "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (name)",
                    "INSERT INTO t VALUES (3, 'three')");
            List<SourceRecord> records = run.receive(4);
            assertThat(TaskRun.after(records.get(0)).schema().field("name")).isNull();
            assertThat(TaskRun.after(records.get(1)).getString("name")).isEqualTo("two");
            assertThat(TaskRun.key(records.get(3)).getString("name")).isEqualTo("three");
        }
    }

    @Test
    void tablesOutsideTheFiltersAreLeftOutAndKeysCanBeChosen() throws Exception {
        db.execute(
                "CREATE TABLE wanted (id int PRIMARY KEY, code text)",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "CREATE TABLE keyless (v text)");
        try (TaskRun run =
                streaming(
                        "table.include.list", "public.wanted, public.keyless",
                        "message.key.columns", "public.wanted:code")) {
            db.execute(
                    "INSERT INTO other VALUES (1)",
                    "INSERT INTO wanted VALUES (1, 'a')",
                    "INSERT INTO keyless VALUES ('x')");
            assertThat(TaskRun.describe(run.receive(2)))
                    .containsExactly("c Struct{code=a}", "c null");
        }
    }

    @Test
    void partitionsAreReadOnceEachAndNamedByTheLeaf() throws Exception {
        db.execute(
                "CREATE TABLE m (id int, part int, PRIMARY KEY (id, part)) PARTITION BY LIST"
                        + " (part)",
                "CREATE TABLE m1 PARTITION OF m FOR VALUES IN (1)",
                "CREATE TABLE m2 PARTITION OF m FOR VALUES IN (2)",
                "INSERT INTO m VALUES (1, 1), (2, 2)");
        try (TaskRun run = new TaskRun(db.config(), Map.of())) {
            run.receive(2);
            db.execute("INSERT INTO m VALUES (3, 2)");
            List<SourceRecord> records = run.receive(3);
            assertThat(records)
                    .extracting(SourceRecord::topic)
                    .containsExactly("shop.public.m1", "shop.public.m2", "shop.public.m2");
        }
    }

    @Test
    void bytesSurviveCopyEscapesAndUnicode() throws Exception {
        db.execute("CREATE TABLE t (id int PRIMARY KEY, \"odd \"\"name\" text, bin bytea)");
        String value = "tab\t newline\n cr\r back\\slash \\N quote' ünï 😀";
        try (var insert = db.connection().prepareStatement("INSERT INTO t VALUES (?, ?, ?)")) {
            for (int id = 1; id <= 2; id++) {
                if (id == 2) {
                    break;
                }
                insert.setInt(1, id);
                insert.setString(2, value);
                insert.setBytes(3, new byte[] {0, 9, 10, 92, -1});
                insert.execute();
            }
            try (TaskRun run = new TaskRun(db.config(), Map.of())) {
                run.receive(1);
                insert.setInt(1, 2);
                insert.execute();
                for (SourceRecord record : run.receive(2)) {
                    Struct after = TaskRun.after(record);
                    assertThat(after.getString("odd \"name")).isEqualTo(value);
                    assertThat(ByteBuffer.wrap(after.getBytes("bin")))
                            .isEqualTo(ByteBuffer.wrap(new byte[] {0, 9, 10, 92, -1}));
                }
            }
        }
    }
}
