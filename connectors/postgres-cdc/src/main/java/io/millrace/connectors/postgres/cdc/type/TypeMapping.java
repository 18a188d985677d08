package io.millrace.connectors.postgres.cdc.type;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * From a column's type to its {@link ColumnCodec}, with Debezium's schema names. A type that is not
 * listed travels as its text, so nothing is lost.
 */
public final class TypeMapping {
    static final String DATA = "io.debezium.data.";

    private final TypeOptions options;
    private final NumericCodecs numerics;
    private final TimeCodecs times;

    public TypeMapping(TypeOptions options) {
        this.options = options;
        this.numerics = new NumericCodecs(options);
        this.times = new TimeCodecs(options.time());
    }

    public ColumnCodec codec(PgType type, int columnModifier) {
        int modifier = PgType.modifier(type, columnModifier);
        PgType inner = PgType.withoutDomains(type);
        if (inner instanceof PgType.Array array) {
            return array(codec(array.element(), modifier));
        }
        if (inner instanceof PgType.Enumeration enumeration) {
            String allowed = String.join(",", enumeration.labels());
            return text(() -> named("Enum", SchemaBuilder.string()).parameter("allowed", allowed));
        }
        return base(inner.name(), modifier);
    }

    private ColumnCodec base(String name, int modifier) {
        return switch (name) {
            case "bool" -> plain(SchemaBuilder::bool, (b, o, l) -> b[o] == 't');
            case "int2" ->
                    plain(SchemaBuilder::int16, (b, o, l) -> (short) TextNumbers.integer(b, o, l));
            case "int4" ->
                    plain(SchemaBuilder::int32, (b, o, l) -> (int) TextNumbers.integer(b, o, l));
            case "int8", "oid" -> plain(SchemaBuilder::int64, TextNumbers::integer);
            case "float4" ->
                    plain(SchemaBuilder::float32, (b, o, l) -> Float.parseFloat(string(b, o, l)));
            case "float8" -> plain(SchemaBuilder::float64, NumericCodecs::floating);
            case "numeric" -> numerics.numeric(modifier);
            case "money" -> numerics.money();
            case "bytea" -> binary();
            case "bit" -> modifier == 1 ? bit() : bits(modifier);
            case "varbit" -> bits(modifier);
            case "date" -> times.date();
            case "time" -> times.time(modifier);
            case "timetz" -> times.timeWithZone(modifier);
            case "timestamp" -> times.timestamp(modifier);
            case "timestamptz" -> times.timestampWithZone(modifier);
            case "interval" -> interval();
            case "json", "jsonb" -> text(() -> named("Json", SchemaBuilder.string()));
            case "xml" -> text(() -> named("Xml", SchemaBuilder.string()));
            case "uuid" -> text(() -> named("Uuid", SchemaBuilder.string()));
            case "ltree" -> text(() -> named("Ltree", SchemaBuilder.string()));
            case "point" -> point();
            default -> text(SchemaBuilder::string);
        };
    }

    static SchemaBuilder named(String name, SchemaBuilder builder) {
        return builder.name(DATA + name).version(1);
    }

    static String string(byte[] bytes, int offset, int length) {
        return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }

    private static ColumnCodec plain(
            java.util.function.Supplier<SchemaBuilder> schema, ValueDecoder decoder) {
        return new ColumnCodec(schema, decoder, null);
    }

    private ColumnCodec text(java.util.function.Supplier<SchemaBuilder> schema) {
        return new ColumnCodec(schema, TypeMapping::string, options.unavailableValue());
    }

    private ColumnCodec array(ColumnCodec element) {
        @Nullable Object unchanged =
                element.unchanged() == null ? null : List.of(element.unchanged());
        return new ColumnCodec(
                () -> SchemaBuilder.array(element.optionalSchema()),
                (b, o, l) -> TextArrays.decode(b, o, l, element.decoder()),
                unchanged);
    }

    private ColumnCodec interval() {
        if (options.interval() == TypeOptions.IntervalMode.STRING) {
            return plain(
                    () -> SchemaBuilder.string().name("io.debezium.time.Interval").version(1),
                    TypeMapping::string);
        }
        return plain(
                () -> SchemaBuilder.int64().name("io.debezium.time.MicroDuration").version(1),
                (b, o, l) -> TextIntervals.micros(string(b, o, l)));
    }

    private ColumnCodec binary() {
        String marker = options.unavailableValue();
        byte[] markerBytes = marker.getBytes(StandardCharsets.UTF_8);
        return switch (options.binary()) {
            case BYTES ->
                    new ColumnCodec(
                            SchemaBuilder::bytes,
                            (b, o, l) -> ByteBuffer.wrap(hexBytes(b, o, l)),
                            ByteBuffer.wrap(markerBytes));
            case BASE64 ->
                    new ColumnCodec(
                            SchemaBuilder::string,
                            (b, o, l) -> Base64.getEncoder().encodeToString(hexBytes(b, o, l)),
                            Base64.getEncoder().encodeToString(markerBytes));
            case HEX ->
                    new ColumnCodec(
                            SchemaBuilder::string,
                            (b, o, l) -> string(b, o + 2, l - 2),
                            HexFormat.of().formatHex(markerBytes));
        };
    }

    /** {@code \x0aff}: bytea_output=hex, which both connections set. */
    private static byte[] hexBytes(byte[] bytes, int offset, int length) {
        byte[] out = new byte[(length - 2) / 2];
        for (int i = 0; i < out.length; i++) {
            int at = offset + 2 + 2 * i;
            out[i] =
                    (byte)
                            (Character.digit(bytes[at], 16) << 4
                                    | Character.digit(bytes[at + 1], 16));
        }
        return out;
    }

    private static ColumnCodec bit() {
        return plain(SchemaBuilder::bool, (b, o, l) -> b[o] == '1');
    }

    /** Little-endian bytes: the last bit of the text is bit 0 of the first byte. */
    private static ColumnCodec bits(int modifier) {
        String length = String.valueOf(modifier < 0 ? Integer.MAX_VALUE : modifier);
        return plain(
                () -> named("Bits", SchemaBuilder.bytes()).parameter("length", length),
                (b, o, l) -> {
                    byte[] out = new byte[(l + 7) / 8];
                    for (int i = 0; i < l; i++) {
                        if (b[o + l - 1 - i] == '1') {
                            out[i / 8] |= (byte) (1 << i % 8);
                        }
                    }
                    return ByteBuffer.wrap(out);
                });
    }

    private static SchemaBuilder pointSchema() {
        return SchemaBuilder.struct()
                .name("io.debezium.data.geometry.Point")
                .version(1)
                .field("x", SchemaBuilder.float64().build())
                .field("y", SchemaBuilder.float64().build())
                .field("wkb", SchemaBuilder.bytes().optional().build())
                .field("srid", SchemaBuilder.int32().optional().build());
    }

    /** {@code (x,y)}. */
    private static ColumnCodec point() {
        org.apache.kafka.connect.data.Schema schema = pointSchema().optional().build();
        return plain(
                TypeMapping::pointSchema,
                (b, o, l) -> {
                    String[] parts = string(b, o + 1, l - 2).split(",");
                    return new Struct(schema)
                            .put("x", Double.parseDouble(parts[0]))
                            .put("y", Double.parseDouble(parts[1]));
                });
    }
}
