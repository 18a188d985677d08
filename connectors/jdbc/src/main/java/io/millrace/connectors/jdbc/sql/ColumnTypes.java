package io.millrace.connectors.jdbc.sql;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** The column type for a value, for tables and columns that the sink makes. */
public final class ColumnTypes {
    private ColumnTypes() {}

    /** Null when neither schema nor value says anything: a null without a schema. */
    public static @Nullable String of(@Nullable Schema schema, @Nullable Object value) {
        if (schema == null) {
            return value == null ? null : ofValue(value);
        }
        String named = schema.name() == null ? null : ofName(schema);
        return named != null ? named : ofKind(schema);
    }

    private static @Nullable String ofName(Schema schema) {
        return switch (schema.name()) {
            case Decimal.LOGICAL_NAME -> decimal(schema);
            case "io.debezium.data.VariableScaleDecimal" -> "numeric";
            case org.apache.kafka.connect.data.Date.LOGICAL_NAME, "io.debezium.time.Date" -> "date";
            case org.apache.kafka.connect.data.Time.LOGICAL_NAME,
                    "io.debezium.time.Time",
                    "io.debezium.time.MicroTime",
                    "io.debezium.time.NanoTime" ->
                    "time";
            case org.apache.kafka.connect.data.Timestamp.LOGICAL_NAME,
                    "io.debezium.time.Timestamp",
                    "io.debezium.time.MicroTimestamp",
                    "io.debezium.time.NanoTimestamp" ->
                    "timestamp";
            case "io.debezium.time.ZonedTimestamp" -> "timestamptz";
            case "io.debezium.time.ZonedTime" -> "timetz";
            case "io.debezium.time.MicroDuration", "io.debezium.time.Interval" -> "interval";
            case "io.debezium.data.Json" -> "jsonb";
            case "io.debezium.data.Uuid" -> "uuid";
            case "io.debezium.data.Xml" -> "xml";
            case "io.debezium.data.Bits" -> "varbit";
            default -> null;
        };
    }

    private static String decimal(Schema schema) {
        String precision = schema.parameters().get("connect.decimal.precision");
        String scale = schema.parameters().get(Decimal.SCALE_FIELD);
        return precision == null ? "numeric" : "numeric(" + precision + "," + scale + ")";
    }

    private static String ofKind(Schema schema) {
        return switch (schema.type()) {
            case INT8, INT16 -> "smallint";
            case INT32 -> "integer";
            case INT64 -> "bigint";
            case FLOAT32 -> "real";
            case FLOAT64 -> "double precision";
            case BOOLEAN -> "boolean";
            case STRING -> "text";
            case BYTES -> "bytea";
            case ARRAY -> array(schema.valueSchema());
            case MAP, STRUCT -> "jsonb";
        };
    }

    private static String array(Schema items) {
        String item = of(items, null);
        boolean nested = items.type() == Schema.Type.ARRAY || item == null || item.equals("jsonb");
        return nested ? "jsonb" : item + "[]";
    }

    private static String ofValue(Object value) {
        if (value instanceof Boolean) {
            return "boolean";
        }
        if (value instanceof Byte || value instanceof Short || value instanceof Integer) {
            // Without a schema the next value may be larger.
            return "bigint";
        }
        if (value instanceof Long) {
            return "bigint";
        }
        if (value instanceof Float || value instanceof Double) {
            return "double precision";
        }
        if (value instanceof BigDecimal) {
            return "numeric";
        }
        if (value instanceof Map || value instanceof Collection || value instanceof Struct) {
            return "jsonb";
        }
        return value instanceof byte[] || value instanceof java.nio.ByteBuffer ? "bytea" : "text";
    }
}
