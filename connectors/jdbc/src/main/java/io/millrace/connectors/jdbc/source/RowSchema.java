package io.millrace.connectors.jdbc.source;

import java.math.BigDecimal;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * The Connect schema of a query's columns and how each is read. Nothing is lost: microseconds and
 * all digits are kept, a type that has no form of its own travels as text. Schema names for dates
 * and times are Debezium's, which the sink reads back.
 */
final class RowSchema {
    private static final String TIME = "io.debezium.time.";

    /** Reads one column of the current row. */
    @FunctionalInterface
    private interface ColumnReader {
        @Nullable Object read(ResultSet rows, int column) throws SQLException;
    }

    private record Column(int index, String name, SchemaBuilder schema, ColumnReader reader) {}

    private final Schema schema;
    private final List<Column> columns;

    private RowSchema(Schema schema, List<Column> columns) {
        this.schema = schema;
        this.columns = columns;
    }

    /** Of the first {@code count} columns of a result. */
    static RowSchema of(String name, ResultSetMetaData meta, int count) throws SQLException {
        SchemaBuilder builder = SchemaBuilder.struct().name(name);
        List<Column> columns = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            Column column = column(meta, i);
            if (meta.isNullable(i) != ResultSetMetaData.columnNoNulls) {
                column.schema().optional();
            }
            builder.field(column.name(), column.schema().build());
            columns.add(column);
        }
        return new RowSchema(builder.build(), columns);
    }

    Schema schema() {
        return schema;
    }

    Struct read(ResultSet rows) throws SQLException {
        Struct struct = new Struct(schema);
        for (Column column : columns) {
            Object value = column.reader().read(rows, column.index());
            struct.put(column.name(), rows.wasNull() ? null : value);
        }
        return struct;
    }

    private static Column column(ResultSetMetaData meta, int index) throws SQLException {
        String name = meta.getColumnLabel(index);
        return switch (meta.getColumnTypeName(index)) {
            case "bool" -> new Column(index, name, SchemaBuilder.bool(), ResultSet::getBoolean);
            case "int2", "smallserial" ->
                    new Column(index, name, SchemaBuilder.int16(), ResultSet::getShort);
            case "int4", "serial" ->
                    new Column(index, name, SchemaBuilder.int32(), ResultSet::getInt);
            case "int8", "bigserial", "oid" ->
                    new Column(index, name, SchemaBuilder.int64(), ResultSet::getLong);
            case "float4" -> new Column(index, name, SchemaBuilder.float32(), ResultSet::getFloat);
            case "float8" -> new Column(index, name, SchemaBuilder.float64(), ResultSet::getDouble);
            case "bytea" -> new Column(index, name, SchemaBuilder.bytes(), ResultSet::getBytes);
            case "numeric" -> numeric(meta, index, name);
            case "date" ->
                    new Column(index, name, time(SchemaBuilder.int32(), "Date"), RowSchema::date);
            case "time" ->
                    new Column(
                            index, name, time(SchemaBuilder.int64(), "MicroTime"), RowSchema::time);
            case "timestamp" ->
                    new Column(
                            index,
                            name,
                            time(SchemaBuilder.int64(), "MicroTimestamp"),
                            RowSchema::timestamp);
            case "timestamptz" ->
                    new Column(
                            index,
                            name,
                            time(SchemaBuilder.string(), "ZonedTimestamp"),
                            RowSchema::zonedTimestamp);
            case "json", "jsonb" -> text(index, name, "io.debezium.data.Json");
            case "uuid" -> text(index, name, "io.debezium.data.Uuid");
            case "_text", "_varchar", "_int2", "_int4", "_int8", "_uuid" ->
                    array(meta, index, name);
            default -> new Column(index, name, SchemaBuilder.string(), ResultSet::getString);
        };
    }

    private static SchemaBuilder time(SchemaBuilder builder, String name) {
        return builder.name(TIME + name).version(1);
    }

    private static Column text(int index, String name, String schemaName) {
        return new Column(
                index,
                name,
                SchemaBuilder.string().name(schemaName).version(1),
                ResultSet::getString);
    }

    /** Without a declared scale the digits travel as text: a Connect Decimal has one scale. */
    private static Column numeric(ResultSetMetaData meta, int index, String name)
            throws SQLException {
        int precision = meta.getPrecision(index);
        int scale = meta.getScale(index);
        if (precision == 0) {
            return new Column(index, name, SchemaBuilder.string(), ResultSet::getString);
        }
        SchemaBuilder schema =
                Decimal.builder(scale)
                        .parameter("connect.decimal.precision", String.valueOf(precision));
        return new Column(
                index,
                name,
                schema,
                (rows, column) -> {
                    BigDecimal value = rows.getBigDecimal(column);
                    return value == null ? null : value.setScale(scale);
                });
    }

    private static @Nullable Object date(ResultSet rows, int column) throws SQLException {
        LocalDate date = rows.getObject(column, LocalDate.class);
        if (date == null) {
            return null;
        }
        if (date.equals(LocalDate.MAX)) {
            return Integer.MAX_VALUE; // how Debezium writes infinity
        }
        return date.equals(LocalDate.MIN) ? Integer.MIN_VALUE : (int) date.toEpochDay();
    }

    private static @Nullable Object time(ResultSet rows, int column) throws SQLException {
        LocalTime time = rows.getObject(column, LocalTime.class);
        return time == null ? null : time.toNanoOfDay() / 1000;
    }

    private static @Nullable Object timestamp(ResultSet rows, int column) throws SQLException {
        LocalDateTime time = rows.getObject(column, LocalDateTime.class);
        if (time == null) {
            return null;
        }
        if (time.equals(LocalDateTime.MAX)) {
            return 9_223_372_036_825_200_000L;
        }
        if (time.equals(LocalDateTime.MIN)) {
            return -9_223_372_036_832_400_000L;
        }
        return Math.addExact(
                Math.multiplyExact(time.toEpochSecond(ZoneOffset.UTC), 1_000_000L),
                time.getNano() / 1000);
    }

    private static @Nullable Object zonedTimestamp(ResultSet rows, int column) throws SQLException {
        OffsetDateTime time = rows.getObject(column, OffsetDateTime.class);
        if (time == null) {
            return null;
        }
        if (time.equals(OffsetDateTime.MAX)) {
            return "infinity";
        }
        return time.equals(OffsetDateTime.MIN) ? "-infinity" : time.toInstant().toString();
    }

    private static Column array(ResultSetMetaData meta, int index, String name)
            throws SQLException {
        Schema item =
                switch (meta.getColumnTypeName(index)) {
                    case "_int2" -> Schema.OPTIONAL_INT16_SCHEMA;
                    case "_int4" -> Schema.OPTIONAL_INT32_SCHEMA;
                    case "_int8" -> Schema.OPTIONAL_INT64_SCHEMA;
                    default -> Schema.OPTIONAL_STRING_SCHEMA;
                };
        boolean text = item.type() == Schema.Type.STRING;
        return new Column(
                index,
                name,
                SchemaBuilder.array(item),
                (rows, column) -> {
                    Array array = rows.getArray(column);
                    if (array == null) {
                        return null;
                    }
                    List<@Nullable Object> items = new ArrayList<>();
                    for (Object value : (Object[]) array.getArray()) {
                        items.add(text && value != null ? value.toString() : value);
                    }
                    return items;
                });
    }
}
