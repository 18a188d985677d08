package io.millrace.protocol.generator;

import io.millrace.protocol.generator.FieldType.Primitive;

/**
 * What a field holds when nothing was set or read: the Java literal, and the condition that a field
 * differs from it.
 */
final class DefaultValue {
    private DefaultValue() {}

    /** Java expression for the default. */
    static String literal(FieldSchema field) {
        if (field.isJavaNullable() && field.hasNullDefault()) {
            return "null";
        }
        if (field.type() instanceof FieldType.ListOf) {
            return "new ArrayList<>()";
        }
        if (field.type() instanceof FieldType.Struct struct) {
            return "new " + struct.name() + "()";
        }
        return primitiveLiteral((Primitive) field.type(), field.defaultText().orElse(""));
    }

    private static String primitiveLiteral(Primitive type, String text) {
        return switch (type) {
            case BOOL -> text.equals("true") ? "true" : "false";
            case INT8 -> "(byte) " + number(text);
            case INT16 -> "(short) " + number(text);
            case UINT16, INT32 -> Long.toString(number(text));
            case UINT32, INT64 -> number(text) + "L";
            case FLOAT64 -> text.isEmpty() ? "0.0" : Double.toString(Double.parseDouble(text));
            case UUID -> "WireReader.ZERO_UUID";
            case STRING -> '"' + text + '"';
            case BYTES -> "WireReader.NO_BYTES";
            case RECORDS -> "null";
        };
    }

    private static long number(String text) {
        return text.isEmpty() ? 0 : Long.decode(text);
    }

    /** Java condition: the field of {@code this} differs from its default. */
    static String isOther(FieldSchema field) {
        String value = "this." + field.name();
        if (field.isJavaNullable() && literal(field).equals("null")) {
            return value + " != null";
        }
        String other = isOtherThanNonNull(field, value);
        return field.isJavaNullable() ? "(" + value + " == null || " + other + ")" : other;
    }

    private static String isOtherThanNonNull(FieldSchema field, String value) {
        if (field.type() instanceof FieldType.ListOf) {
            return "!" + value + ".isEmpty()";
        }
        if (field.type() instanceof FieldType.Struct) {
            return "!" + value + ".isDefault()";
        }
        Primitive type = (Primitive) field.type();
        return switch (type) {
            case STRING ->
                    literal(field).equals("\"\"")
                            ? "!" + value + ".isEmpty()"
                            : "!" + value + ".equals(" + literal(field) + ")";
            case BYTES -> value + ".length != 0";
            case UUID -> "!" + value + ".equals(WireReader.ZERO_UUID)";
            case BOOL -> literal(field).equals("true") ? "!" + value : value;
            default -> value + " != " + literal(field);
        };
    }
}
