package io.millrace.connectors.jdbc.sink;

import com.zaxxer.hikari.HikariDataSource;
import io.millrace.connectors.jdbc.sink.BatchWriter.BadRecordException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jspecify.annotations.Nullable;

/**
 * Puts records into the target, a transaction per batch. A batch with a bad record is written again
 * in halves, down to the record, which is reported if there is a reporter and ends the task if not.
 * Owned by one task.
 */
final class SinkWriter implements AutoCloseable {
    private final SinkConfig config;
    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final BatchWriter batches;
    private final @Nullable OffsetTable offsets;
    private final @Nullable BiConsumer<SinkRecord, Throwable> reporter;

    SinkWriter(SinkConfig config, @Nullable BiConsumer<SinkRecord, Throwable> reporter) {
        this.config = config;
        this.pool = config.address().pool("millrace-jdbc-sink-" + config.connectorName(), 1);
        this.jdbi = Jdbi.create(pool);
        // Identifiers may hold what a template engine would replace.
        this.jdbi.getConfig(SqlStatements.class).setTemplateEngine((template, context) -> template);
        // An error's text must not carry the rows.
        this.jdbi
                .getConfig(StatementExceptions.class)
                .setMessageRendering(StatementExceptions.MessageRendering.NONE);
        this.batches = new BatchWriter(config);
        this.offsets = config.offsetsInTarget() ? new OffsetTable(config.connectorName()) : null;
        this.reporter = reporter;
    }

    Jdbi jdbi() {
        return jdbi;
    }

    /** Null unless offsets are kept in the target. */
    @Nullable OffsetTable offsets() {
        return offsets;
    }

    void write(List<SinkRecord> records) {
        for (int from = 0; from < records.size(); from += config.batchSize()) {
            int to = Math.min(records.size(), from + config.batchSize());
            writeIsolating(records.subList(from, to));
        }
    }

    private void writeIsolating(List<SinkRecord> records) {
        try {
            transaction(records, true);
        } catch (BadRecordException e) {
            isolate(records, new ConnectException(String.valueOf(e.getMessage()), e.getCause()));
        } catch (JdbiException e) {
            batches.forgetTables();
            Optional<SQLException> sql = SinkErrors.sql(e);
            if (sql.isEmpty()) {
                throw e;
            }
            if (SinkErrors.isPassing(sql.get())) {
                throw new RetriableException(
                        config.address() + " failed: " + sql.get().getMessage(), sql.get());
            }
            ConnectException described = SinkErrors.describe(sql.get(), records);
            if (!SinkErrors.isBadRow(sql.get())) {
                throw described;
            }
            isolate(records, described);
        }
    }

    private void isolate(List<SinkRecord> records, ConnectException failure) {
        batches.forgetTables();
        if (records.size() > 1) {
            int middle = records.size() / 2;
            writeIsolating(records.subList(0, middle));
            writeIsolating(records.subList(middle, records.size()));
            return;
        }
        if (reporter == null) {
            throw failure;
        }
        reporter.accept(records.get(0), failure);
        if (offsets != null) {
            transaction(records, false);
        }
    }

    private void transaction(List<SinkRecord> records, boolean withRows) {
        jdbi.useTransaction(
                handle -> {
                    List<SinkRecord> pending = records;
                    if (offsets != null) {
                        pending = offsets.notYetApplied(handle, records);
                    }
                    if (withRows && !pending.isEmpty()) {
                        batches.write(handle, pending);
                    }
                    if (offsets != null) {
                        offsets.store(handle, pending);
                    }
                });
    }

    /** Runs with a handle outside any record's transaction. */
    void useHandle(java.util.function.Consumer<Handle> action) {
        jdbi.useHandle(action::accept);
    }

    @Override
    public void close() {
        pool.close();
    }
}
