package io.millrace.connectors.postgres.cdc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.postgres.cdc.wire.Lsn;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RestartTest {
    private TestDatabase db;

    @BeforeEach
    void createTable() throws Exception {
        db = new TestDatabase();
        db.execute("CREATE TABLE item (id int PRIMARY KEY, version int)");
    }

    @AfterEach
    void close() throws Exception {
        db.close();
    }

    @Test
    void continuesInTheMiddleOfATransaction() throws Exception {
        Map<String, Object> offset;
        try (TaskRun run = new TaskRun(db.config("snapshot.mode", "no_data"), Map.of())) {
            awaitSlot();
            // One statement: all ten rows may share a log position.
            db.execute("INSERT INTO item SELECT i, 0 FROM generate_series(1, 10) i");
            run.receive(10);
            offset = run.acknowledge(4).offset();
        }
        try (TaskRun run = new TaskRun(db.config("snapshot.mode", "no_data"), offset)) {
            assertThat(ids(run.receive(6))).containsExactly(5, 6, 7, 8, 9, 10);
            run.expectSilence();
        }
    }

    @Test
    void repeatsAKeyChangeThatWasCutBetweenItsRecords() throws Exception {
        db.execute("INSERT INTO item VALUES (1, 0)");
        Map<String, Object> offset;
        try (TaskRun run = new TaskRun(db.config(), Map.of())) {
            run.receive(1);
            db.execute("UPDATE item SET id = 2 WHERE id = 1");
            run.receive(4);
            offset = run.acknowledge(3).offset();
        }
        try (TaskRun run = new TaskRun(db.config(), offset)) {
            assertThat(TaskRun.describe(run.receive(3)))
                    .containsExactly("d Struct{id=1}", "tombstone Struct{id=1}", "c Struct{id=2}");
        }
    }

    @Test
    void restartsAtRandomPointsLoseNothing() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<SourceRecord> topic = new ArrayList<>();
        Map<String, Object> offset = Map.of();
        db.execute("INSERT INTO item SELECT i, 0 FROM generate_series(1, 40) i");
        for (int round = 0; round < 25; round++) {
            try (TaskRun run = new TaskRun(config(random), offset)) {
                writeRandomly(random);
                int wanted = random.nextInt(30);
                run.receiveUntil(records -> records.size() >= wanted || slotIsDrained(run));
                int acknowledged = random.nextInt(run.received().size() + 1);
                offset = run.acknowledge(acknowledged).offset();
                topic.addAll(run.received().subList(0, acknowledged));
            }
        }
        db.execute("INSERT INTO item VALUES (-1, 0)");
        try (TaskRun run = new TaskRun(db.config(), offset)) {
            run.receiveUntil(
                    records ->
                            records.stream().anyMatch(record -> ids(List.of(record)).contains(-1)));
            topic.addAll(run.received());
        }
        assertThat(fold(topic)).as("seed %d", seed).isEqualTo(table());
    }

    private Map<String, String> config(Random random) {
        return db.config(
                "max.batch.size",
                String.valueOf(1 + random.nextInt(20)),
                "max.queue.size",
                String.valueOf(1 + random.nextInt(50)));
    }

    private static boolean slotIsDrained(TaskRun run) {
        try {
            run.expectSilence();
            return true;
        } catch (AssertionError moreCame) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Interleaved transactions of several statements, some of which change keys. */
    private void writeRandomly(Random random) throws Exception {
        try (Connection one = db.newConnection();
                Connection other = db.newConnection()) {
            one.setAutoCommit(false);
            other.setAutoCommit(false);
            for (int i = 0; i < 4; i++) {
                write(one, random, 0);
                write(other, random, 1);
                (random.nextBoolean() ? one : other).commit();
            }
            other.commit();
            one.commit();
        }
    }

    /** Each writer has its own ids, so that neither waits for the other's locks. */
    private static void write(Connection connection, Random random, int parity) throws Exception {
        int id = 2 * (1 + random.nextInt(60)) + parity;
        try (Statement statement = connection.createStatement()) {
            switch (random.nextInt(4)) {
                case 0 ->
                        statement.execute(
                                "INSERT INTO item VALUES ("
                                        + id
                                        + ", 0) ON CONFLICT (id) DO UPDATE SET version ="
                                        + " item.version + 1");
                case 1 -> statement.execute("DELETE FROM item WHERE id = " + id);
                case 2 ->
                        statement.execute(
                                "UPDATE item SET version = version + 1 WHERE id % 2 = "
                                        + parity
                                        + " AND id < "
                                        + id);
                default ->
                        statement.execute(
                                "UPDATE item SET id = id + 1000 WHERE id = "
                                        + id
                                        + " AND NOT EXISTS (SELECT 1 FROM item WHERE id = "
                                        + (id + 1000)
                                        + ")");
            }
        }
    }

    @Test
    void reconnectsAfterTheServerEndsItsConnections() throws Exception {
        try (TaskRun run = new TaskRun(db.config("snapshot.mode", "no_data"), Map.of())) {
            awaitSlot();
            int next = 1;
            for (int round = 0; round < 5; round++) {
                int from = next;
                for (; next < from + 50; next++) {
                    db.execute("INSERT INTO item VALUES (" + next + ", 0)");
                }
                run.receive(next - 26);
                run.acknowledge(run.received().size() / 2);
                db.text(
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
                                + " datname = current_database() AND application_name LIKE"
                                + " 'millrace-cdc%'");
            }
            run.receive(next - 1);
            run.expectSilence();
            List<Integer> expected = new ArrayList<>();
            for (int id = 1; id < next; id++) {
                expected.add(id);
            }
            assertThat(ids(run.received())).isEqualTo(expected);
        }
    }

    @Test
    void idleDatabaseHoldsNoLogWhileOthersWrite() throws Exception {
        db.execute("INSERT INTO item VALUES (1, 0)");
        try (TaskRun run = new TaskRun(db.config(), Map.of());
                TestDatabase other = new TestDatabase()) {
            run.receive(1);
            run.acknowledgeAll();
            other.execute(
                    "CREATE TABLE noise AS SELECT i, repeat('x', 500) FROM generate_series(1, 5000)"
                            + " i");
            long written = Lsn.parse(other.text("SELECT pg_current_wal_lsn()"));
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> confirmed() >= written);
        }
    }

    @Test
    void confirmsNothingBeforeItIsAcknowledgedInOrder() throws Exception {
        try (TaskRun run = new TaskRun(db.config("snapshot.mode", "no_data"), Map.of())) {
            awaitSlot();
            db.execute("INSERT INTO item VALUES (1, 0)", "INSERT INTO item VALUES (2, 0)");
            long start = confirmed();
            run.receive(2);
            run.task().commitRecord(run.received().get(1), null);
            run.expectSilence();
            assertThat(confirmed()).isEqualTo(start);
            run.task().commitRecord(run.received().get(0), null);
            long written = Lsn.parse(db.text("SELECT pg_current_wal_lsn()"));
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> confirmed() >= written);
        }
    }

    @Test
    void lostSlotStopsTheTaskWithTheRemedy() throws Exception {
        db.execute("INSERT INTO item VALUES (1, 0)");
        Map<String, Object> offset;
        try (TaskRun run = new TaskRun(db.config(), Map.of())) {
            run.receive(1);
            offset = run.acknowledgeAll().offset();
        }
        Awaitility.await()
                .ignoreExceptions()
                .untilAsserted(
                        () ->
                                assertThat(
                                                db.text(
                                                        "SELECT pg_drop_replication_slot('slot_"
                                                                + db.name()
                                                                + "')::text"))
                                        .isEmpty());
        try (TaskRun run = new TaskRun(db.config(), offset)) {
            assertThatThrownBy(() -> run.receive(1))
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining("slot_" + db.name())
                    .hasMessageContaining("DELETE /connectors/<name>/offsets");
        }
    }

    @Test
    void snapshotThatWasCutShortIsResumedAndMissesNoDelete() throws Exception {
        db.execute(
                "CREATE TABLE early (id int PRIMARY KEY, version int)",
                "INSERT INTO early SELECT i, 0 FROM generate_series(1, 5) i",
                "INSERT INTO item SELECT i, 0 FROM generate_series(1, 300) i");
        List<SourceRecord> topic = new ArrayList<>();
        Map<String, Object> offset;
        try (TaskRun run = new TaskRun(db.config("max.batch.size", "10"), Map.of())) {
            run.receiveUntil(records -> records.size() >= 105);
            offset = run.acknowledge(105).offset();
            topic.addAll(run.received().subList(0, 105));
        }
        db.execute("DELETE FROM item WHERE id <= 50", "UPDATE item SET version = 7 WHERE id = 60");
        db.execute("DELETE FROM early WHERE id = 2");
        db.execute("INSERT INTO item VALUES (-1, 0)");
        try (TaskRun run = new TaskRun(db.config(), offset)) {
            run.receiveUntil(
                    records ->
                            records.stream()
                                    .anyMatch(
                                            record ->
                                                    TaskRun.op(record).equals("c")
                                                            && ids(List.of(record)).contains(-1)));
            assertThat(run.received().stream().filter(r -> TaskRun.op(r).equals("r")))
                    .as("the finished table is not read again")
                    .noneMatch(record -> record.topic().endsWith("early"));
            topic.addAll(run.received());
        }
        List<SourceRecord> items =
                topic.stream().filter(record -> record.topic().endsWith("item")).toList();
        assertThat(fold(items)).isEqualTo(table());
        assertThat(fold(topic.stream().filter(r -> r.topic().endsWith("early")).toList()))
                .containsOnlyKeys(1, 3, 4, 5);
    }

    @Test
    void heartbeatsMoveTheStoredPositionOfAnIdleDatabase() throws Exception {
        Map<String, String> config =
                db.config("snapshot.mode", "no_data", "heartbeat.interval.ms", "20");
        Map<String, Object> offset;
        try (TaskRun run = new TaskRun(config, Map.of())) {
            run.receive(3);
            assertThat(run.received().get(0).topic()).isEqualTo("__debezium-heartbeat.shop");
            offset = run.acknowledgeAll().offset();
        }
        db.execute("INSERT INTO item VALUES (1, 0)");
        try (TaskRun run = new TaskRun(db.config(), offset)) {
            assertThat(ids(run.receive(1))).containsExactly(1);
        }
    }

    private void awaitSlot() {
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
    }

    private long confirmed() throws Exception {
        return Lsn.parse(
                db.text(
                        "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name ="
                                + " 'slot_"
                                + db.name()
                                + "'"));
    }

    private static List<Integer> ids(List<SourceRecord> records) {
        return records.stream().map(record -> TaskRun.key(record).getInt32("id")).toList();
    }

    private static Map<Integer, Integer> fold(List<SourceRecord> records) {
        Map<Integer, Integer> rows = new TreeMap<>();
        for (SourceRecord record : records) {
            int id = TaskRun.key(record).getInt32("id");
            if (record.value() == null || TaskRun.after(record) == null) {
                rows.remove(id);
            } else {
                rows.put(id, TaskRun.after(record).getInt32("version"));
            }
        }
        return rows;
    }

    private Map<Integer, Integer> table() throws Exception {
        Map<Integer, Integer> rows = new HashMap<>();
        try (Statement statement = db.connection().createStatement();
                var result = statement.executeQuery("SELECT id, version FROM item")) {
            while (result.next()) {
                rows.put(result.getInt(1), result.getInt(2));
            }
        }
        return new TreeMap<>(rows);
    }
}
