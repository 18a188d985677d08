package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.config.CdcConfig;
import io.millrace.connectors.postgres.cdc.envelope.ChangeOrigin;
import io.millrace.connectors.postgres.cdc.envelope.ChangeRecord;
import io.millrace.connectors.postgres.cdc.envelope.EnvelopeWriter;
import io.millrace.connectors.postgres.cdc.envelope.TablePlan;
import io.millrace.connectors.postgres.cdc.wire.CopyText;
import io.millrace.connectors.postgres.cdc.wire.Lsn;
import io.millrace.connectors.postgres.cdc.wire.Tuple;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the rows of all captured tables in one repeatable-read transaction, table by table in name
 * order, with COPY. Owned by the capture thread.
 *
 * <p>First run: the transaction takes over the snapshot exported with the slot, so a row version is
 * either read here or streamed from the slot, never both and never neither. After a failure: tables
 * that are done stay done, the others are read with a new snapshot, and streaming still starts at
 * the slot's first position. Changes in between are then seen twice, older after newer and newer
 * again, so every key ends in its true state and no delete is missed.
 */
final class SnapshotPhase {
    private static final Logger LOGGER = LoggerFactory.getLogger(SnapshotPhase.class);

    private final CdcConfig config;
    private final ServerCatalog catalog;
    private final PlanCompiler compiler;
    private final EnvelopeWriter writer;
    private final RecordEmitter emitter;
    private final Clock clock;

    private @Nullable PendingRow pending;
    private boolean any;

    /** The row read last; what its snapshot marker says depends on what follows it. */
    private record PendingRow(
            TablePlan plan, Tuple tuple, int bytes, boolean firstOfTable, Progress reached) {}

    SnapshotPhase(
            CdcConfig config,
            ServerCatalog catalog,
            PlanCompiler compiler,
            EnvelopeWriter writer,
            RecordEmitter emitter,
            Clock clock) {
        this.config = config;
        this.catalog = catalog;
        this.compiler = compiler;
        this.writer = writer;
        this.emitter = emitter;
        this.clock = clock;
    }

    /**
     * Reads what {@code done} leaves to read. {@code exportedSnapshot} null = take a new one. The
     * last record carries {@code whenDone}.
     */
    void run(@Nullable String exportedSnapshot, List<String> done, long lsn, Progress whenDone)
            throws SQLException, InterruptedException {
        catalog.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
        if (exportedSnapshot != null) {
            catalog.execute("SET TRANSACTION SNAPSHOT " + Sql.literal(exportedSnapshot));
        }
        List<ServerCatalog.PublishedTable> tables =
                catalog.publishedTables(config.publication().name()).stream()
                        .filter(table -> config.filter().accepts(table.schema(), table.table()))
                        .collect(Collectors.toList());
        List<String> finished = new ArrayList<>(done);
        long micros = clock.millis() * 1000;
        long rows = 0;
        for (ServerCatalog.PublishedTable table : tables) {
            if (!finished.contains(table.name())) {
                rows += table(table, micros, lsn, new Progress.Snapshotting(finished));
                finished.add(table.name());
            }
        }
        release(micros, lsn, "last", whenDone);
        emitter.advance(whenDone);
        emitter.flush(() -> {});
        catalog.execute("COMMIT");
        LOGGER.atInfo()
                .addKeyValue("tables", tables.size())
                .addKeyValue("rows", rows)
                .addKeyValue("lsn", Lsn.format(lsn))
                .log("snapshot complete");
    }

    private long table(ServerCatalog.PublishedTable table, long micros, long lsn, Progress reached)
            throws SQLException, InterruptedException {
        TablePlan plan = compiler.compile(catalog, catalog.relation(table));
        int columns = plan.relation().columns().size();
        CopyOut copy =
                catalog.connection()
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyOut("COPY (" + select(table, plan) + ") TO STDOUT");
        long rows = 0;
        for (byte[] line = copy.readFromCopy(); line != null; line = copy.readFromCopy()) {
            boolean first = rows++ == 0;
            String marker = first ? "last_in_data_collection" : "true";
            release(micros, lsn, marker, null);
            int bytes = line.length;
            pending = new PendingRow(plan, CopyText.row(line, columns), bytes, first, reached);
            if (emitter.batchIsFull()) {
                emitter.flush(() -> {});
            }
        }
        LOGGER.atInfo().addKeyValue("table", table.name()).addKeyValue("rows", rows).log("read");
        return rows;
    }

    private String select(ServerCatalog.PublishedTable table, TablePlan plan) throws SQLException {
        String columns =
                plan.relation().columns().stream()
                        .map(column -> Sql.identifier(column.name()))
                        .collect(Collectors.joining(", "));
        // A partition root has no rows of its own; any other table leaves its children's out.
        String only = catalog.partitioned(table) ? "" : "ONLY ";
        String filter = table.rowFilter() == null ? "" : " WHERE " + table.rowFilter();
        return "SELECT "
                + columns
                + " FROM "
                + only
                + Sql.table(table.schema(), table.table())
                + filter;
    }

    /** Emits the pending row, now that it is known what follows. */
    private void release(
            long micros, long lsn, String markerByNext, @Nullable Progress reachedByNext) {
        PendingRow row = pending;
        if (row == null) {
            return;
        }
        String marker = markerByNext;
        if (!any) {
            marker = "first";
        } else if (row.firstOfTable() && markerByNext.equals("true")) {
            marker = "first_in_data_collection";
        }
        if (markerByNext.equals("last")) {
            marker = "last";
        }
        any = true;
        pending = null;
        ChangeOrigin origin = new ChangeOrigin(micros, lsn, null, marker, null);
        List<ChangeRecord> records = new ArrayList<>(1);
        writer.created(row.plan(), row.tuple(), origin, "r", records::add);
        emitter.emit(
                records,
                reachedByNext == null ? row.reached() : reachedByNext,
                row.bytes(),
                micros);
    }
}
