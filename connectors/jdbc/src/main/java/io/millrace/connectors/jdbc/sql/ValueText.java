package io.millrace.connectors.jdbc.sql;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * A Connect value as the text PostgreSQL reads for a column. The schema's name decides what a
 * number means; without a schema the target column does. Text is the one form that every type,
 * array and domain has, so a statement casts all its values from text.
 */
public final class ValueText {
    private static final String VARIABLE_SCALE = "io.debezium.data.VariableScaleDecimal";
    private static final String BITS = "io.debezium.data.Bits";

    private ValueText() {}

    public static @Nullable String of(
            @Nullable Schema schema, @Nullable Object value, TargetColumn column) {
        if (value == null) {
            return null;
        }
        if (column.array()) {
            return value instanceof Collection<?> items
                    ? array(schema, items, column)
                    : plain(value);
        }
        String type = column.typeName();
        String name = schema == null ? null : schema.name();
        if (VARIABLE_SCALE.equals(name) && value instanceof Struct struct) {
            return decimal(struct.getInt32("scale"), struct.getBytes("value")).toPlainString();
        }
        if (BITS.equals(name)) {
            return bits(schema, bytes(value));
        }
        String time = TimeText.of(name, value, type);
        if (time != null) {
            return time;
        }
        return switch (type) {
            case "json", "jsonb" ->
                    value instanceof String text && (name != null || looksLikeJson(text))
                            ? text
                            : JsonText.of(value);
            case "bytea" -> "\\x" + HexFormat.of().formatHex(bytes(value));
            case "numeric" -> numeric(value);
            case "bit", "varbit" -> value instanceof Boolean bit ? (bit ? "1" : "0") : plain(value);
            default -> plain(value);
        };
    }

    private static boolean looksLikeJson(String text) {
        String trimmed = text.strip();
        return trimmed.startsWith("{") || trimmed.startsWith("[") || trimmed.startsWith("\"");
    }

    private static String numeric(Object value) {
        // VariableScaleDecimal as it comes out of a converter without schemas.
        if (value instanceof Map<?, ?> map
                && map.get("scale") instanceof Number scale
                && map.get("value") instanceof String unscaled) {
            return decimal(scale.intValue(), Base64.getDecoder().decode(unscaled)).toPlainString();
        }
        return plain(value);
    }

    private static BigDecimal decimal(int scale, byte[] unscaled) {
        return new BigDecimal(new BigInteger(unscaled), scale);
    }

    static String plain(Object value) {
        if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        }
        if (value instanceof Map || value instanceof Struct || value instanceof Collection) {
            return JsonText.of(value);
        }
        if (value instanceof byte[] || value instanceof ByteBuffer) {
            return "\\x" + HexFormat.of().formatHex(bytes(value));
        }
        String text = value.toString();
        if (text.indexOf('\0') >= 0) {
            throw new DataException(
                    "the text holds a zero character, which PostgreSQL cannot store");
        }
        return text;
    }

    /** Without a schema bytes arrive as base64, which is what JSON converters write. */
    static byte[] bytes(Object value) {
        if (value instanceof byte[] array) {
            return array;
        }
        if (value instanceof ByteBuffer buffer) {
            byte[] copy = new byte[buffer.remaining()];
            buffer.duplicate().get(copy);
            return copy;
        }
        if (value instanceof String text) {
            try {
                return text.startsWith("\\x")
                        ? HexFormat.of().parseHex(text.substring(2))
                        : Base64.getDecoder().decode(text);
            } catch (IllegalArgumentException e) {
                throw new DataException(
                        "the text for a bytea column is neither base64 nor \\x hex", e);
            }
        }
        throw new DataException("a " + value.getClass().getSimpleName() + " is not bytes");
    }

    /** Little-endian bytes to PostgreSQL's text, most significant bit first. */
    private static String bits(@Nullable Schema schema, byte[] littleEndian) {
        int length = littleEndian.length * 8;
        String declared = schema == null ? null : schema.parameters().get("length");
        if (declared != null) {
            length = Math.min(length, Integer.parseInt(declared));
        }
        StringBuilder out = new StringBuilder(length);
        for (int i = length - 1; i >= 0; i--) {
            out.append((littleEndian[i / 8] >> i % 8 & 1) == 1 ? '1' : '0');
        }
        return out.toString();
    }

    private static String array(@Nullable Schema schema, Collection<?> items, TargetColumn column) {
        Schema itemSchema = schema == null ? null : schema.valueSchema();
        TargetColumn item =
                new TargetColumn(
                        column.name(), column.castType(), column.typeName(), false, false, true);
        StringBuilder out = new StringBuilder("{");
        for (Object value : items) {
            if (out.length() > 1) {
                out.append(',');
            }
            String text =
                    value instanceof Collection<?> nested
                            ? array(itemSchema, nested, column)
                            : of(itemSchema, value, item);
            if (text == null || value instanceof Collection) {
                out.append(text == null ? "NULL" : text);
            } else {
                out.append('"');
                out.append(text.replace("\\", "\\\\").replace("\"", "\\\""));
                out.append('"');
            }
        }
        return out.append('}').toString();
    }

    /** Whether a value is the mark for "not sent because unchanged". */
    public static boolean isPlaceholder(@Nullable Object value, String placeholder) {
        if (value instanceof String text) {
            return text.equals(placeholder);
        }
        if (value instanceof byte[] || value instanceof ByteBuffer) {
            return placeholder.equals(new String(bytes(value), StandardCharsets.UTF_8));
        }
        return value instanceof Collection<?> items
                && items.size() == 1
                && isPlaceholder(items.iterator().next(), placeholder);
    }
}
