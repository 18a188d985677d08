package io.millrace.connectors.jdbc.sink;

import io.millrace.connectors.jdbc.sql.ColumnTypes;
import io.millrace.connectors.jdbc.sql.TableName;
import io.millrace.connectors.jdbc.sql.TargetCatalog;
import io.millrace.connectors.jdbc.sql.TargetTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The target tables a task has met, made or widened where the configuration allows. Owned by one
 * task. Statements that change tables run in the caller's transaction.
 */
final class TargetTables {
    private static final Logger LOGGER = LoggerFactory.getLogger(TargetTables.class);

    private final SinkConfig config;
    private final Map<TableName, TargetTable> known = new HashMap<>();

    TargetTables(SinkConfig config) {
        this.config = config;
    }

    /** Forgets everything: after a failure the catalog is asked again. */
    void forget() {
        known.clear();
    }

    /** The table, with a column for every field of the row that has a value. */
    TargetTable forRow(Handle handle, SinkRow row) {
        TargetTable table = known.get(row.table());
        if (table == null) {
            table = read(handle, row);
            known.put(row.table(), table);
        }
        Map<String, String> missing = missing(table, row);
        if (!missing.isEmpty()) {
            table = widen(handle, row.table(), missing);
            known.put(row.table(), table);
        }
        return table;
    }

    private TargetTable read(Handle handle, SinkRow row) {
        Optional<TargetTable> found = TargetCatalog.read(handle, row.table());
        if (found.isPresent()) {
            return found.get();
        }
        String create = createSql(row);
        if (!config.autoCreate()) {
            throw new ConnectException(
                    "table "
                            + row.table()
                            + " does not exist in "
                            + config.address()
                            + "; run "
                            + create
                            + ", or set auto.create=true");
        }
        handle.execute(create);
        LOGGER.atInfo().addKeyValue("sql", create).log("created a table");
        return TargetCatalog.read(handle, row.table())
                .orElseThrow(
                        () ->
                                new ConnectException(
                                        "table " + row.table() + " vanished after its creation"));
    }

    private static String createSql(SinkRow row) {
        List<String> parts = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < row.fields().size(); i++) {
            SinkRow.Field field = row.fields().get(i);
            String type = ColumnTypes.of(field.schema(), field.value());
            if (type == null) {
                continue; // a null without a schema: the column is made when a value comes
            }
            boolean key = i < row.keyCount();
            parts.add(TableName.quote(field.name()) + " " + type + (key ? " NOT NULL" : ""));
            if (key) {
                keys.add(TableName.quote(field.name()));
            }
        }
        if (!keys.isEmpty()) {
            parts.add("PRIMARY KEY (" + String.join(", ", keys) + ")");
        }
        return "CREATE TABLE IF NOT EXISTS "
                + row.table().sql()
                + " ("
                + String.join(", ", parts)
                + ")";
    }

    /** Column to type, for the fields that the table has no column for. */
    private static Map<String, String> missing(TargetTable table, SinkRow row) {
        Map<String, String> missing = Map.of();
        for (SinkRow.Field field : row.fields()) {
            if (table.column(field.name()) == null) {
                String type = ColumnTypes.of(field.schema(), field.value());
                if (type != null) {
                    missing = missing.isEmpty() ? new LinkedHashMap<>() : missing;
                    missing.put(field.name(), type);
                }
            }
        }
        return missing;
    }

    private TargetTable widen(Handle handle, TableName name, Map<String, String> missing) {
        TargetTable fresh =
                TargetCatalog.read(handle, name)
                        .orElseThrow(() -> new ConnectException("table " + name + " was dropped"));
        List<String> additions =
                missing.entrySet().stream()
                        .filter(entry -> fresh.column(entry.getKey()) == null)
                        .map(
                                entry ->
                                        "ADD COLUMN IF NOT EXISTS "
                                                + TableName.quote(entry.getKey())
                                                + " "
                                                + entry.getValue())
                        .collect(Collectors.toList());
        if (additions.isEmpty()) {
            return fresh;
        }
        String alter = "ALTER TABLE " + name.sql() + " " + String.join(", ", additions);
        if (!config.autoEvolve()) {
            throw new ConnectException(
                    "table "
                            + name
                            + " has no column "
                            + missing.keySet()
                            + ", only "
                            + fresh.columnNames()
                            + "; run "
                            + alter
                            + ", or set auto.evolve=true, or leave the fields out with"
                            + " fields.whitelist");
        }
        handle.execute(alter);
        LOGGER.atInfo().addKeyValue("sql", alter).log("added columns");
        return TargetCatalog.read(handle, name).orElse(fresh);
    }
}
