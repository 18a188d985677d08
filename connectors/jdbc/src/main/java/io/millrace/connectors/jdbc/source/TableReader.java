package io.millrace.connectors.jdbc.source;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads one table or query, batch by batch, through a cursor that stays open between polls. Owned
 * by the task's thread.
 *
 * <p>INVARIANT: in timestamp mode a record's offset names a timestamp only if it is the last row of
 * that timestamp; the rows before it carry the previous one. So a restart in between repeats rows
 * and skips none.
 */
final class TableReader implements AutoCloseable {
    private final SourceConfig config;
    private final DataSource database;
    private final String name;
    private final String topic;
    private final String from;
    private final @Nullable String numberColumn;
    private final Map<String, String> partition;

    private RowOffset offset;
    private @Nullable Connection connection;
    private @Nullable ResultSet rows;
    private @Nullable RowSchema schema;
    private @Nullable Row held;
    private long nextReadMs;

    /** A row whose offset depends on the row after it. */
    private record Row(Struct value, @Nullable Long number, @Nullable String timestamp) {}

    /** What is read. */
    record Target(
            String name,
            String topic,
            String from,
            @Nullable String numberColumn,
            Map<String, String> partition) {}

    TableReader(SourceConfig config, DataSource database, Target target, RowOffset offset) {
        this.config = config;
        this.database = database;
        this.name = target.name();
        this.topic = target.topic();
        this.from = target.from();
        this.numberColumn = target.numberColumn();
        this.partition = target.partition();
        this.offset = offset;
    }

    /** When it is to be read (again), in milliseconds of the task's clock. */
    long nextReadMs() {
        return nextReadMs;
    }

    /** The next rows; an empty list when the table is read to its end. */
    List<SourceRecord> read(long nowMs) throws SQLException {
        try {
            if (rows == null) {
                open();
            }
            List<SourceRecord> records = new ArrayList<>();
            while (records.size() < config.batchRows()) {
                Row row = next();
                Row before = held;
                if (before != null) {
                    records.add(record(before, row));
                }
                held = row;
                if (row == null) {
                    close();
                    nextReadMs = nowMs + config.pollIntervalMs();
                    break;
                }
            }
            return records;
        } catch (SQLException e) {
            abandon(e);
            throw e;
        }
    }

    private void open() throws SQLException {
        TableQuery query = TableQuery.of(config, from, numberColumn, offset);
        Connection opened = database.getConnection();
        connection = opened;
        // A cursor needs a transaction; without one the driver would fetch everything.
        opened.setAutoCommit(false);
        opened.setReadOnly(true);
        PreparedStatement statement = opened.prepareStatement(query.sql());
        statement.setFetchSize(config.batchRows());
        for (int i = 0; i < query.parameters().size(); i++) {
            Object value = query.parameters().get(i);
            if (value instanceof String) {
                statement.setObject(i + 1, value, Types.OTHER);
            } else {
                statement.setObject(i + 1, value);
            }
        }
        ResultSet result = statement.executeQuery();
        int extra = (numberColumn != null ? 1 : 0) + (config.mode().byTime() ? 1 : 0);
        schema =
                RowSchema.of(
                        name, result.getMetaData(), result.getMetaData().getColumnCount() - extra);
        rows = result;
    }

    private @Nullable Row next() throws SQLException {
        ResultSet current = Objects.requireNonNull(rows);
        if (!current.next()) {
            return null;
        }
        Struct value = Objects.requireNonNull(schema).read(current);
        Long number = numberColumn == null ? null : current.getLong(TableQuery.NUMBER_LABEL);
        String time = config.mode().byTime() ? current.getString(TableQuery.TIMESTAMP_LABEL) : null;
        return new Row(value, number, time);
    }

    private SourceRecord record(Row row, @Nullable Row following) {
        boolean sameTime =
                following != null && Objects.equals(row.timestamp(), following.timestamp());
        boolean byTimeOnly = config.mode() == SourceConfig.Mode.TIMESTAMP;
        if (!(byTimeOnly && sameTime)) {
            offset = new RowOffset(row.number(), row.timestamp());
        }
        Struct value = row.value();
        return new SourceRecord(
                partition, offset.toMap(), topic, null, null, null, value.schema(), value);
    }

    /** The connection is of no use any more: whatever closing it says changes nothing. */
    private void abandon(SQLException cause) {
        held = null;
        try {
            close();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    @Override
    public void close() throws SQLException {
        rows = null;
        schema = null;
        Connection open = connection;
        connection = null;
        if (open != null) {
            try (open) {
                open.rollback();
            }
        }
    }
}
