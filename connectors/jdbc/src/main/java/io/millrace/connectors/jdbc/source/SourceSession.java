package io.millrace.connectors.jdbc.source;

import com.zaxxer.hikari.HikariDataSource;
import io.millrace.connectors.jdbc.sql.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.jspecify.annotations.Nullable;

/**
 * A task's life between start and stop: reads its tables in turn, each at its interval. Owned by
 * the task's thread but for {@link #stop}.
 */
public final class SourceSession {
    /** Longest wait of one poll, so that the worker gets its turn. */
    private static final long MAX_WAIT_MS = 500;

    private static final long RETRY_WAIT_MS = 1_000;

    private final SourceConfig config;
    private final List<TableName> tables;
    private final OffsetStorageReader offsets;
    private final Clock clock;
    private final HikariDataSource pool;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private @Nullable List<TableReader> readers;
    private int turn;

    public SourceSession(
            SourceConfig config, List<TableName> tables, OffsetStorageReader offsets, Clock clock) {
        this.config = config;
        this.tables = List.copyOf(tables);
        this.offsets = offsets;
        this.clock = clock;
        // One cursor per table may stay open between polls.
        this.pool = config.address().pool("millrace-jdbc-source", Math.max(2, tables.size() + 1));
    }

    /** Tables as one task configuration value, and back. */
    public static String encode(List<TableName> tables) {
        List<String> names = new ArrayList<>();
        tables.forEach(table -> names.add(escape(table.schema()) + "." + escape(table.table())));
        return String.join(",", names);
    }

    private static String escape(String name) {
        return java.net.URLEncoder.encode(name, java.nio.charset.StandardCharsets.UTF_8)
                .replace(".", "%2E");
    }

    public static List<TableName> decode(String text) {
        List<TableName> tables = new ArrayList<>();
        for (String name : text.split(",")) {
            int dot = name.indexOf('.');
            if (dot > 0) {
                tables.add(
                        new TableName(
                                unescape(name.substring(0, dot)),
                                unescape(name.substring(dot + 1))));
            }
        }
        return tables;
    }

    private static String unescape(String name) {
        return java.net.URLDecoder.decode(name, java.nio.charset.StandardCharsets.UTF_8);
    }

    /** The next batch of the next table that is due, or null after a wait. */
    public @Nullable List<SourceRecord> poll() throws InterruptedException {
        if (stopped.getCount() == 0) {
            return null;
        }
        try {
            List<TableReader> all = readers();
            long now = clock.millis();
            for (int i = 0; i < all.size(); i++) {
                TableReader reader = all.get((turn + i) % all.size());
                if (reader.nextReadMs() <= now) {
                    turn = (turn + i + 1) % all.size();
                    List<SourceRecord> records = reader.read(now);
                    if (!records.isEmpty()) {
                        return records;
                    }
                }
            }
            waitUntilDue(all, now);
            return null;
        } catch (SQLException e) {
            if (stopped.getCount() == 0) {
                return null; // the stop closed the connection
            }
            throw failure(e);
        }
    }

    private void waitUntilDue(List<TableReader> all, long now) throws InterruptedException {
        long wait = MAX_WAIT_MS;
        for (TableReader reader : all) {
            wait = Math.min(wait, Math.max(1, reader.nextReadMs() - now));
        }
        if (stopped.await(wait, TimeUnit.MILLISECONDS)) {
            turn = 0; // stopping: the next poll gives nothing
        }
    }

    /** A passing failure is retried by the worker at once, so the wait is here. */
    private ConnectException failure(SQLException e) throws InterruptedException {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        String text = config.address() + ": " + e.getMessage();
        boolean passing =
                state.startsWith("08")
                        || state.startsWith("40")
                        || state.startsWith("53")
                        || state.startsWith("57P")
                        || e instanceof java.sql.SQLTransientException;
        if (!passing) {
            return new ConnectException(text, e);
        }
        if (stopped.await(RETRY_WAIT_MS, TimeUnit.MILLISECONDS)) {
            turn = 0;
        }
        return new RetriableException(text, e);
    }

    private List<TableReader> readers() throws SQLException {
        List<TableReader> known = readers;
        if (known == null) {
            known = new ArrayList<>();
            if (!config.query().isEmpty()) {
                known.add(reader(queryTarget()));
            } else {
                try (Connection connection = pool.getConnection()) {
                    for (TableName table : tables) {
                        known.add(reader(tableTarget(connection, table)));
                    }
                }
            }
            readers = known;
        }
        return known;
    }

    private TableReader reader(TableReader.Target target) {
        RowOffset offset =
                config.mode() == SourceConfig.Mode.BULK
                        ? RowOffset.NONE
                        : RowOffset.fromMap(offsets.offset(target.partition()));
        return new TableReader(config, pool, target, offset);
    }

    private TableReader.Target queryTarget() {
        return new TableReader.Target(
                "query",
                config.topicPrefix(),
                "(" + config.query() + ")",
                config.mode().byNumber() ? config.incrementingColumn() : null,
                Map.of("query", "query"));
    }

    private TableReader.Target tableTarget(Connection connection, TableName table)
            throws SQLException {
        String number = null;
        if (config.mode().byNumber()) {
            number =
                    !config.incrementingColumn().isEmpty()
                            ? config.incrementingColumn()
                            : SourceTables.numberColumn(connection, table)
                                    .orElseThrow(
                                            () ->
                                                    new ConnectException(
                                                            "table "
                                                                    + table
                                                                    + " has no single-column"
                                                                    + " integer primary key; set "
                                                                    + SourceKeys.INCREMENTING
                                                                    + " or "
                                                                    + SourceKeys.BLACKLIST));
        }
        return new TableReader.Target(
                table.table(),
                config.topicPrefix() + table.table(),
                table.sql(),
                number,
                Map.of("protocol", "1", "table", table.toString()));
    }

    /** From any thread; open cursors end with their connections. */
    public void stop() {
        stopped.countDown();
        pool.close();
    }
}
