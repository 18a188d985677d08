package io.millrace.connectors.jdbc.sink;

import io.millrace.connectors.jdbc.sql.TableName;
import io.millrace.connectors.jdbc.sql.TargetColumn;
import io.millrace.connectors.jdbc.sql.TargetTable;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Statement texts that take a whole batch as one text array per column. Each value is cast from
 * text to its column's type. Parameters are in column order.
 */
final class Statements {
    private Statements() {}

    static String insert(TargetTable table, List<String> columns) {
        return "INSERT INTO "
                + table.name().sql()
                + " ("
                + names(columns)
                + ")"
                + overriding(table, columns)
                + " SELECT "
                + casts(table, columns)
                + " FROM "
                + rows(columns.size());
    }

    static String upsert(TargetTable table, List<String> columns, int keyCount) {
        List<String> keys = columns.subList(0, keyCount);
        List<String> others = columns.subList(keyCount, columns.size());
        String action =
                others.isEmpty()
                        ? "DO NOTHING"
                        : "DO UPDATE SET "
                                + others.stream()
                                        .map(TableName::quote)
                                        .map(name -> name + " = EXCLUDED." + name)
                                        .collect(Collectors.joining(", "));
        return insert(table, columns) + " ON CONFLICT (" + names(keys) + ") " + action;
    }

    static String update(TargetTable table, List<String> columns, int keyCount) {
        String sets =
                IntStream.range(keyCount, columns.size())
                        .mapToObj(i -> TableName.quote(columns.get(i)) + " = v.c" + i)
                        .collect(Collectors.joining(", "));
        return "UPDATE "
                + table.name().sql()
                + " AS t SET "
                + sets
                + " FROM "
                + typedRows(table, columns)
                + " WHERE "
                + sameKey(columns, keyCount);
    }

    static String delete(TargetTable table, List<String> keyColumns) {
        return "DELETE FROM "
                + table.name().sql()
                + " AS t USING "
                + typedRows(table, keyColumns)
                + " WHERE "
                + sameKey(keyColumns, keyColumns.size());
    }

    private static String sameKey(List<String> columns, int keyCount) {
        return IntStream.range(0, keyCount)
                .mapToObj(i -> "t." + TableName.quote(columns.get(i)) + " = v.c" + i)
                .collect(Collectors.joining(" AND "));
    }

    private static String names(List<String> columns) {
        return columns.stream().map(TableName::quote).collect(Collectors.joining(", "));
    }

    private static String casts(TargetTable table, List<String> columns) {
        return IntStream.range(0, columns.size())
                .mapToObj(i -> "CAST(u.c" + i + " AS " + type(table, columns.get(i)) + ")")
                .collect(Collectors.joining(", "));
    }

    private static String typedRows(TargetTable table, List<String> columns) {
        String typed =
                IntStream.range(0, columns.size())
                        .mapToObj(
                                i ->
                                        "CAST(u.c"
                                                + i
                                                + " AS "
                                                + type(table, columns.get(i))
                                                + ") AS c"
                                                + i)
                        .collect(Collectors.joining(", "));
        return "(SELECT " + typed + " FROM " + rows(columns.size()) + ") AS v";
    }

    private static String rows(int columns) {
        return "unnest("
                + IntStream.range(0, columns)
                        .mapToObj(i -> "CAST(? AS text[])")
                        .collect(Collectors.joining(", "))
                + ") AS u("
                + IntStream.range(0, columns)
                        .mapToObj(i -> "c" + i)
                        .collect(Collectors.joining(", "))
                + ")";
    }

    private static String type(TargetTable table, String column) {
        return Objects.requireNonNull(table.column(column)).castType();
    }

    /** The key of a row comes from the source, also where the table would number rows itself. */
    private static String overriding(TargetTable table, List<String> columns) {
        boolean identity =
                columns.stream()
                        .map(table::column)
                        .filter(Objects::nonNull)
                        .anyMatch(TargetColumn::alwaysIdentity);
        return identity ? " OVERRIDING SYSTEM VALUE" : "";
    }
}
