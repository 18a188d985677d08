package io.millrace.protocol.generator;

import java.util.Arrays;

/** Type of a schema field: a primitive, another structure, or an array of either. */
sealed interface FieldType {

    /** A structure of the same message. */
    record Struct(String name) implements FieldType {}

    /** An array; elements are never arrays themselves. */
    record ListOf(FieldType element) implements FieldType {}

    /** Types with a fixed meaning on the wire. */
    enum Primitive implements FieldType {
        BOOL("bool", "boolean", "Boolean", 1),
        INT8("int8", "byte", "Byte", 1),
        INT16("int16", "short", "Short", 2),
        UINT16("uint16", "int", "Integer", 2),
        INT32("int32", "int", "Integer", 4),
        UINT32("uint32", "long", "Long", 4),
        INT64("int64", "long", "Long", 8),
        FLOAT64("float64", "double", "Double", 8),
        UUID("uuid", "UUID", "UUID", 16),
        STRING("string", "String", "String", 0),
        BYTES("bytes", "byte[]", "byte[]", 0),
        RECORDS("records", "Records", "Records", 0);

        final String schemaName;
        final String javaType;
        final String boxedType;

        /** Bytes on the wire; 0 for types with a length of their own. */
        final int fixedBytes;

        Primitive(String schemaName, String javaType, String boxedType, int fixedBytes) {
            this.schemaName = schemaName;
            this.javaType = javaType;
            this.boxedType = boxedType;
            this.fixedBytes = fixedBytes;
        }

        boolean isVariable() {
            return fixedBytes == 0;
        }

        /** Whether the Java value is a number or a boolean, compared with {@code ==}. */
        boolean isJavaPrimitive() {
            return fixedBytes > 0 && this != UUID;
        }

        /** Name as part of the reader's and the sink's method names: {@code Int32}. */
        String methodName() {
            return schemaName.substring(0, 1).toUpperCase(java.util.Locale.ROOT)
                    + schemaName.substring(1);
        }

        /** Smallest number of bytes a value can take on the wire. */
        int minBytes(boolean flexible) {
            if (!isVariable()) {
                return fixedBytes;
            }
            if (flexible) {
                return 1;
            }
            return this == STRING ? 2 : 4;
        }
    }

    static FieldType parse(String text) {
        if (text.startsWith("[]")) {
            return new ListOf(parse(text.substring(2)));
        }
        return Arrays.stream(Primitive.values())
                .filter(primitive -> primitive.schemaName.equals(text))
                .map(FieldType.class::cast)
                .findFirst()
                .orElseGet(() -> new Struct(text));
    }

    /** Type of a Java field that holds a value. */
    default String javaType() {
        if (this instanceof Primitive primitive) {
            return primitive.javaType;
        }
        if (this instanceof ListOf list) {
            return "List<" + list.element().boxedType() + ">";
        }
        return ((Struct) this).name();
    }

    /** Type as an argument of {@code List}. */
    default String boxedType() {
        return this instanceof Primitive primitive ? primitive.boxedType : javaType();
    }
}
