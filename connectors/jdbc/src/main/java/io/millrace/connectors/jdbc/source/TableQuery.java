package io.millrace.connectors.jdbc.source;

import io.millrace.connectors.jdbc.sql.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The statement that reads on from an offset, with its parameters. The columns of the table come
 * first, then the number and the timestamp's text that the next offset is made of.
 */
record TableQuery(String sql, List<Object> parameters) {
    static final String NUMBER_LABEL = "millrace_number";
    static final String TIMESTAMP_LABEL = "millrace_timestamp";

    TableQuery {
        parameters = List.copyOf(parameters);
    }

    /**
     * @param from a table name or a subquery, as it stands behind FROM
     * @param number the incrementing column, null if the mode has none
     */
    static TableQuery of(
            SourceConfig config, String from, @Nullable String number, RowOffset offset) {
        List<String> conditions = new ArrayList<>();
        List<Object> parameters = new ArrayList<>();
        List<String> order = new ArrayList<>();
        StringBuilder columns = new StringBuilder("t.*");
        String numberColumn = number == null ? null : "t." + TableName.quote(number);
        String time = config.mode().byTime() ? timestamp(config.timestampColumns()) : null;
        if (numberColumn != null) {
            columns.append(", CAST(").append(numberColumn).append(" AS bigint) AS ");
            columns.append(NUMBER_LABEL);
        }
        if (time != null) {
            columns.append(", CAST(").append(time).append(" AS text) AS ").append(TIMESTAMP_LABEL);
            // clock_timestamp would move within the statement; now() is its transaction's start.
            conditions.add(time + " < now() - CAST(? AS interval)");
            parameters.add(config.delayMs() + " milliseconds");
            order.add(time);
        }
        if (numberColumn != null) {
            order.add(numberColumn);
        }
        after(conditions, parameters, numberColumn, time, offset);
        String sql = "SELECT " + columns + " FROM " + from + " AS t";
        if (!conditions.isEmpty()) {
            sql += " WHERE " + String.join(" AND ", conditions);
        }
        if (!order.isEmpty()) {
            sql += " ORDER BY " + String.join(", ", order);
        }
        return new TableQuery(sql, parameters);
    }

    private static void after(
            List<String> conditions,
            List<Object> parameters,
            @Nullable String number,
            @Nullable String time,
            RowOffset offset) {
        Long lastNumber = offset.number();
        String lastTime = offset.timestamp();
        if (time != null && number != null && lastTime != null && lastNumber != null) {
            // The text takes the column's type by itself: an untyped parameter.
            conditions.add("(" + time + " > ? OR (" + time + " = ? AND " + number + " > ?))");
            parameters.add(lastTime);
            parameters.add(lastTime);
            parameters.add(lastNumber);
        } else if (time != null && lastTime != null) {
            conditions.add(time + " > ?");
            parameters.add(lastTime);
        } else if (time == null && number != null && lastNumber != null) {
            conditions.add(number + " > ?");
            parameters.add(lastNumber);
        }
    }

    private static String timestamp(List<String> columns) {
        String list =
                columns.stream()
                        .map(column -> "t." + TableName.quote(column))
                        .collect(Collectors.joining(", "));
        return columns.size() == 1 ? list : "coalesce(" + list + ")";
    }
}
