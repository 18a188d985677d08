package io.millrace.connectors.jdbc.sink;

import io.millrace.connectors.jdbc.sql.TableName;
import io.millrace.connectors.jdbc.sql.TargetColumn;
import io.millrace.connectors.jdbc.sql.TargetTable;
import io.millrace.connectors.jdbc.sql.ValueText;
import java.sql.Array;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/**
 * Writes records in the caller's transaction: reduced per table, one delete and one write statement
 * per table and set of columns. Owned by one task.
 */
final class BatchWriter {
    private final SinkConfig config;
    private final RowMapper mapper;
    private final TargetTables tables;

    BatchWriter(SinkConfig config) {
        this.config = config;
        this.mapper = new RowMapper(config);
        this.tables = new TargetTables(config);
    }

    void forgetTables() {
        tables.forget();
    }

    /** A record that cannot be written, told apart from a failure of the whole batch. */
    static final class BadRecordException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient SinkRecord badRecord;

        BadRecordException(SinkRecord badRecord, RuntimeException cause) {
            super(SinkErrors.place(badRecord) + ": " + cause.getMessage(), cause);
            this.badRecord = badRecord;
        }

        SinkRecord badRecord() {
            return badRecord;
        }
    }

    void write(Handle handle, List<SinkRecord> records) {
        Map<TableName, TableWork> work = new LinkedHashMap<>();
        for (SinkRecord record : records) {
            try {
                mapper.map(record)
                        .ifPresent(
                                row -> {
                                    TargetTable table = tables.forRow(handle, row);
                                    work.computeIfAbsent(row.table(), name -> new TableWork())
                                            .add(handle, table, row);
                                });
            } catch (DataException e) {
                throw new BadRecordException(record, e);
            }
        }
        work.values().forEach(each -> each.run(handle));
    }

    /**
     * One table's share of the batch. Inserts are not reduced: a repeated key is an error there.
     */
    private final class TableWork {
        private @Nullable TargetTable table;
        private List<String> keyColumns = List.of();
        private TableBatch batch = new TableBatch();
        private final List<TextRow> inserts = new ArrayList<>();

        void add(Handle handle, TargetTable target, SinkRow row) {
            table = target;
            TextRow text = text(target, row);
            if (row.keyCount() > 0) {
                keyColumns = text.columns().subList(0, row.keyCount());
            }
            boolean insertOnly = config.insertMode() == SinkConfig.InsertMode.INSERT;
            if (row.delete()) {
                if (!inserts.isEmpty()) {
                    run(handle); // the delete must see the rows before it
                }
                batch.delete(text);
            } else if (insertOnly) {
                inserts.add(text);
            } else {
                batch.write(text);
            }
        }

        void run(Handle handle) {
            TargetTable target = table;
            if (target == null) {
                return;
            }
            List<List<@Nullable String>> deletes = batch.deletes();
            if (!deletes.isEmpty()) {
                execute(handle, Statements.delete(target, keyColumns), deletes);
            }
            batch.writes().forEach((columns, rows) -> write(handle, target, columns, rows));
            Map<List<String>, List<TextRow>> insertGroups = new LinkedHashMap<>();
            inserts.forEach(
                    row ->
                            insertGroups
                                    .computeIfAbsent(row.columns(), columns -> new ArrayList<>())
                                    .add(row));
            insertGroups.forEach(
                    (columns, rows) ->
                            execute(handle, Statements.insert(target, columns), values(rows)));
            batch = new TableBatch();
            inserts.clear();
        }

        private void write(
                Handle handle, TargetTable target, List<String> columns, List<TextRow> rows) {
            int keyCount = rows.get(0).keyCount();
            boolean update = config.insertMode() == SinkConfig.InsertMode.UPDATE;
            if (update && columns.size() == keyCount) {
                return; // nothing but the key: there is nothing to set
            }
            String sql =
                    update
                            ? Statements.update(target, columns, keyCount)
                            : Statements.upsert(target, columns, keyCount);
            execute(handle, sql, values(rows));
        }
    }

    /** Fields without a column are nulls without a schema: there is nothing to store. */
    private static TextRow text(TargetTable table, SinkRow row) {
        List<String> names = new ArrayList<>(row.fields().size());
        List<@Nullable String> values = new ArrayList<>(row.fields().size());
        for (SinkRow.Field field : row.fields()) {
            TargetColumn column = table.column(field.name());
            if (column == null) {
                continue;
            }
            names.add(field.name());
            try {
                values.add(ValueText.of(field.schema(), field.value(), column));
            } catch (RuntimeException e) {
                throw new DataException(
                        "column " + table.name() + "." + field.name() + ": " + e.getMessage(), e);
            }
        }
        return new TextRow(names, values.toArray(new @Nullable String[0]), row.keyCount());
    }

    private static List<List<@Nullable String>> values(List<TextRow> rows) {
        List<List<@Nullable String>> values = new ArrayList<>(rows.size());
        rows.forEach(row -> values.add(java.util.Arrays.asList(row.values())));
        return values;
    }

    private static void execute(Handle handle, String sql, List<List<@Nullable String>> rows) {
        int columns = rows.get(0).size();
        try (Update update = handle.createUpdate(sql)) {
            for (int column = 0; column < columns; column++) {
                @Nullable String[] texts = new @Nullable String[rows.size()];
                for (int row = 0; row < texts.length; row++) {
                    texts[row] = rows.get(row).get(column);
                }
                Array array = handle.getConnection().createArrayOf("text", texts);
                Argument bound =
                        (position, statement, context) -> statement.setArray(position, array);
                update.bind(column, bound);
            }
            update.execute();
        } catch (SQLException e) {
            throw new org.jdbi.v3.core.statement.UnableToCreateStatementException(e, null);
        }
    }
}
