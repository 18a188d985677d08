package io.millrace.connectors.postgres.cdc.type;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.function.Supplier;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;

/** numeric and money in the three decimal modes. */
final class NumericCodecs {
    private static final String VARIABLE_SCALE = "io.debezium.data.VariableScaleDecimal";

    private final TypeOptions options;

    NumericCodecs(TypeOptions options) {
        this.options = options;
    }

    ColumnCodec numeric(int modifier) {
        return switch (options.decimal()) {
            case STRING ->
                    new ColumnCodec(
                            SchemaBuilder::string, TypeMapping::string, options.unavailableValue());
            case DOUBLE -> new ColumnCodec(SchemaBuilder::float64, NumericCodecs::floating, null);
            case PRECISE -> modifier < 4 ? variableScale() : fixedScale(modifier);
        };
    }

    ColumnCodec money() {
        int scale = options.moneyFractionDigits();
        return switch (options.decimal()) {
            case STRING ->
                    new ColumnCodec(
                            SchemaBuilder::string,
                            (b, o, l) -> amount(b, o, l, scale).toPlainString(),
                            null);
            case DOUBLE ->
                    new ColumnCodec(
                            SchemaBuilder::float64,
                            (b, o, l) -> amount(b, o, l, scale).doubleValue(),
                            null);
            case PRECISE ->
                    new ColumnCodec(
                            () -> Decimal.builder(scale),
                            (b, o, l) -> amount(b, o, l, scale),
                            null);
        };
    }

    static Object floating(byte[] bytes, int offset, int length) {
        return Double.parseDouble(TypeMapping.string(bytes, offset, length));
    }

    /** Source: PostgreSQL numeric.c; precision and an 11-bit signed scale packed above VARHDRSZ. */
    private static ColumnCodec fixedScale(int modifier) {
        int packed = modifier - 4;
        int precision = packed >> 16 & 0xffff;
        int scale = ((packed & 0x7ff) ^ 1024) - 1024;
        Supplier<SchemaBuilder> schema =
                () ->
                        Decimal.builder(scale)
                                .parameter("connect.decimal.precision", String.valueOf(precision));
        return new ColumnCodec(
                schema,
                (b, o, l) -> finite(b, o, l).setScale(scale, RoundingMode.UNNECESSARY),
                null);
    }

    private static SchemaBuilder variableScaleSchema() {
        return SchemaBuilder.struct()
                .name(VARIABLE_SCALE)
                .version(1)
                .field("scale", Schema.INT32_SCHEMA)
                .field("value", Schema.BYTES_SCHEMA);
    }

    private static ColumnCodec variableScale() {
        Schema optional = variableScaleSchema().optional().build();
        return new ColumnCodec(
                NumericCodecs::variableScaleSchema,
                (b, o, l) -> {
                    BigDecimal value = finite(b, o, l);
                    return new Struct(optional)
                            .put("scale", value.scale())
                            .put("value", value.unscaledValue().toByteArray());
                },
                null);
    }

    private static BigDecimal finite(byte[] bytes, int offset, int length) {
        byte first = bytes[offset];
        if (first == 'N' || first == 'I' || (first == '-' && bytes[offset + 1] == 'I')) {
            throw new DataException(
                    "numeric "
                            + TypeMapping.string(bytes, offset, length)
                            + " has no decimal form; set decimal.handling.mode to string or"
                            + " double");
        }
        return new BigDecimal(TypeMapping.string(bytes, offset, length));
    }

    /** {@code -$1,234.56} with lc_monetary=C, which both connections set. */
    private static BigDecimal amount(byte[] bytes, int offset, int length, int scale) {
        StringBuilder digits = new StringBuilder(length);
        for (int i = offset; i < offset + length; i++) {
            byte b = bytes[i];
            if (b >= '0' && b <= '9' || b == '.' || b == '-') {
                digits.append((char) b);
            }
        }
        return new BigDecimal(digits.toString()).setScale(scale, RoundingMode.HALF_UP);
    }
}
