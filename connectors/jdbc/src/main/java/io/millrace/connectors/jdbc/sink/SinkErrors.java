package io.millrace.connectors.jdbc.sink;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What a failed write means: try again, one bad record, or stop; and what the operator is told. */
final class SinkErrors {
    private SinkErrors() {}

    static String place(SinkRecord record) {
        return record.topic() + "-" + record.kafkaPartition() + " offset " + record.kafkaOffset();
    }

    static Optional<SQLException> sql(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return Optional.of(sql);
            }
        }
        return Optional.empty();
    }

    private static String state(SQLException failure) {
        return failure.getSQLState() == null ? "" : failure.getSQLState();
    }

    /** Connection lost, server starting or stopping, too many connections, conflicts of order. */
    static boolean isPassing(SQLException failure) {
        String state = state(failure);
        return state.startsWith("08")
                || state.startsWith("40")
                || state.startsWith("53")
                || state.startsWith("57P")
                || state.equals("55P03")
                || state.equals("25006")
                || isConcurrentCreate(failure)
                || failure instanceof java.sql.SQLTransientException;
    }

    /** Two tasks made the same table or column at the same time: the next attempt finds it. */
    private static boolean isConcurrentCreate(SQLException failure) {
        return state(failure).equals("42P07")
                || state(failure).equals("42701")
                || failure instanceof PSQLException psql
                        && psql.getServerErrorMessage() != null
                        && "pg_catalog".equals(psql.getServerErrorMessage().getSchema());
    }

    /** The value or a constraint is at fault, so that other records may still be written. */
    static boolean isBadRow(SQLException failure) {
        String state = state(failure);
        return state.startsWith("22") || state.startsWith("23");
    }

    static ConnectException describe(SQLException failure, List<SinkRecord> records) {
        StringBuilder text = new StringBuilder();
        SinkRecord first = records.get(0);
        text.append(place(first));
        if (records.size() > 1) {
            text.append(" to ").append(place(records.get(records.size() - 1)));
        }
        text.append(" cannot be written: ").append(failure.getMessage());
        if (failure instanceof PSQLException psql && psql.getServerErrorMessage() != null) {
            ServerErrorMessage server = psql.getServerErrorMessage();
            append(text, "table", server.getTable());
            append(text, "column", server.getColumn());
            append(text, "constraint", server.getConstraint());
        }
        text.append(". ").append(remedy(state(failure)));
        return new ConnectException(text.toString(), failure);
    }

    private static void append(StringBuilder text, String name, @Nullable String value) {
        if (value != null) {
            text.append(", ").append(name).append(' ').append(value);
        }
    }

    private static String remedy(String state) {
        return switch (state) {
            case "42P10" ->
                    "insert.mode=upsert needs a primary key or unique index on exactly the key"
                            + " columns: add one, or set pk.fields";
            case "23505" -> "insert.mode=upsert replaces rows that exist already";
            case "23503" -> "the row it refers to is not there (yet): load that topic first";
            case "23502" -> "give the column a default, allow null, or send a value";
            case "42501" -> "grant the role INSERT, UPDATE, DELETE and SELECT on the table";
            case "22P02", "22007", "22008" ->
                    "the text does not fit the column's type; a numeric that arrives as base64"
                            + " needs decimal.handling.mode=string at the source or a schema";
            case "22001" -> "widen the column";
            default ->
                    "With errors.tolerance=all and a dead letter topic bad records are set aside";
        };
    }
}
