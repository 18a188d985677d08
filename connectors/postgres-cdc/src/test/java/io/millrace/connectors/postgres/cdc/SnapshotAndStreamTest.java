package io.millrace.connectors.postgres.cdc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SnapshotAndStreamTest {
    private TestDatabase db;

    @BeforeEach
    void createTable() throws Exception {
        db = new TestDatabase();
        db.execute("CREATE TABLE orders (id bigint PRIMARY KEY, note text, version int NOT NULL)");
    }

    @AfterEach
    void close() throws Exception {
        db.close();
    }

    @Test
    void readsExistingRowsThenStreamsChangesInTheEnvelope() throws Exception {
        db.execute("INSERT INTO orders VALUES (1, 'one', 0), (2, 'two', 0)");
        try (TaskRun run = new TaskRun(db.config(), Map.of())) {
            List<SourceRecord> rows = List.copyOf(run.receive(2));
            assertThat(TaskRun.describe(rows)).containsExactly("r Struct{id=1}", "r Struct{id=2}");
            assertThat(snapshotMarker(rows.get(0))).isEqualTo("first");
            assertThat(snapshotMarker(rows.get(1))).isEqualTo("last");
            assertThat(rows.get(0).topic()).isEqualTo("shop.public.orders");

            db.execute(
                    "INSERT INTO orders VALUES (3, 'three', 0)",
                    "UPDATE orders SET note = 'uno', version = 1 WHERE id = 1",
                    "DELETE FROM orders WHERE id = 2");
            List<SourceRecord> all = run.receive(6);
            assertThat(TaskRun.describe(all.subList(2, 6)))
                    .containsExactly(
                            "c Struct{id=3}",
                            "u Struct{id=1}",
                            "d Struct{id=2}",
                            "tombstone Struct{id=2}");
            SourceRecord update = all.get(3);
            assertThat(TaskRun.after(update).getString("note")).isEqualTo("uno");
            assertThat(TaskRun.before(update)).isNull();
            Struct source = ((Struct) update.value()).getStruct("source");
            assertThat(source.getString("db")).isEqualTo(db.name());
            assertThat(source.getString("table")).isEqualTo("orders");
            assertThat(source.getString("snapshot")).isEqualTo("false");
            assertThat(source.getInt64("lsn")).isPositive();
            assertThat(update.valueSchema().name()).isEqualTo("shop.public.orders.Envelope");
            assertThat(TaskRun.before(all.get(4)).getInt64("id")).isEqualTo(2);
        }
    }

    @Test
    void snapshotHandsOverToTheStreamWithoutGapOrDoubleUnderConcurrentWrites() throws Exception {
        try (Statement fill = db.connection().createStatement()) {
            fill.execute(
                    "INSERT INTO orders SELECT i, repeat('x', 200), 0 FROM generate_series(1, 3000)"
                            + " i");
        }
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService writers = Executors.newFixedThreadPool(2);
        Future<Integer> first = writers.submit(() -> write(stop, 0));
        Future<Integer> second = writers.submit(() -> write(stop, 1));
        try (TaskRun run = new TaskRun(db.config(), Map.of())) {
            run.receiveUntil(records -> records.size() > 6000);
            stop.set(true);
            int transactions = first.get() + second.get();
            assertThat(transactions).isPositive();
            db.execute("INSERT INTO orders VALUES (-1, 'end', 0)");
            run.receiveUntil(
                    records ->
                            records.stream()
                                    .anyMatch(record -> TaskRun.key(record).getInt64("id") == -1L));
            assertEachVersionOnce(run.received());
            assertThat(fold(run.received())).isEqualTo(table());
        } finally {
            stop.set(true);
            writers.shutdown();
        }
    }

    /** Transactions that raise the version of several rows, with inserts and deletes between. */
    private int write(AtomicBoolean stop, int writer) throws Exception {
        int round = 0;
        try (Connection connection = db.newConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (; !stop.get(); round++) {
                int id = 1 + (round * 37 + writer) % 1500 * 2 + writer;
                statement.execute(
                        "UPDATE orders SET version = version + 1 WHERE id IN ("
                                + id
                                + ", "
                                + (3001 + writer)
                                + ")");
                statement.execute(
                        "INSERT INTO orders VALUES ("
                                + (10_000 + 2 * round + writer)
                                + ", 'new', 0)");
                connection.commit();
            }
        }
        return round;
    }

    /** Versions of a row are seen without hole and without repetition, whatever op shows them. */
    private static void assertEachVersionOnce(List<SourceRecord> records) {
        Map<Long, Integer> last = new HashMap<>();
        for (SourceRecord record : records) {
            if (record.value() == null) {
                continue;
            }
            long id = TaskRun.key(record).getInt64("id");
            Struct after = TaskRun.after(record);
            int version = after.getInt32("version");
            Integer before = last.put(id, version);
            if (before == null) {
                assertThat(TaskRun.op(record)).as("first sight of %s", id).isIn("r", "c");
            } else {
                assertThat(version).as("version of %s", id).isEqualTo(before + 1);
                assertThat(TaskRun.op(record)).isEqualTo("u");
            }
        }
    }

    private static Set<String> fold(List<SourceRecord> records) {
        Map<Long, String> rows = new HashMap<>();
        for (SourceRecord record : records) {
            long id = TaskRun.key(record).getInt64("id");
            if (record.value() == null) {
                rows.remove(id);
            } else if (TaskRun.after(record) != null) {
                rows.put(id, id + ":" + TaskRun.after(record).getInt32("version"));
            }
        }
        return new HashSet<>(rows.values());
    }

    private Set<String> table() throws Exception {
        String all = db.text("SELECT string_agg(id || ':' || version, ',') FROM orders");
        return new HashSet<>(List.of(all.split(",")));
    }

    private static String snapshotMarker(SourceRecord record) {
        return ((Struct) record.value()).getStruct("source").getString("snapshot");
    }
}
