package io.millrace.protocol.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * Random bytes that are a valid message, made from an Apache release's schema object alone: no code
 * of ours and none of their message classes takes part.
 */
final class RandomMessage {
    private static final int MAX_ELEMENTS = 3;

    private final Random random;

    RandomMessage(long seed) {
        this.random = new Random(seed);
    }

    byte[] bytesOf(Object schema) {
        ByteBuf out = Unpooled.buffer();
        try {
            writeStruct(schema, out);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        return ByteBufUtil.getBytes(out);
    }

    private void writeStruct(Object schema, ByteBuf out) throws ReflectiveOperationException {
        for (Object bound : (Object[]) call(schema, "fields")) {
            Object definition = field(bound, "def");
            writeValue(field(definition, "type"), out);
        }
    }

    private void writeValue(Object type, ByteBuf out) throws ReflectiveOperationException {
        Optional<?> element = (Optional<?>) call(type, "arrayElementType");
        String className = type.getClass().getSimpleName();
        boolean nullable = (boolean) call(type, "isNullable");
        if (element.isPresent()) {
            writeArray(element.get(), className.equals("CompactArrayOf"), nullable, out);
        } else if (className.equals("TaggedFields")) {
            writeTags((Map<?, ?>) call(type, "fields"), out);
        } else if (className.equals("NullableSchema")) {
            writeMarkedStruct(type, -1, out);
        } else if (className.equals("Schema")) {
            writeStruct(type, out);
        } else {
            writePrimitive((String) call(type, "typeName"), out);
        }
    }

    private void writeMarkedStruct(Object type, int nullMarker, ByteBuf out)
            throws ReflectiveOperationException {
        boolean present = random.nextInt(4) > 0;
        out.writeByte(present ? 1 : nullMarker);
        if (present) {
            writeStruct(type, out);
        }
    }

    private void writeArray(Object element, boolean compact, boolean nullable, ByteBuf out)
            throws ReflectiveOperationException {
        boolean isNull = nullable && random.nextInt(4) == 0;
        int count = isNull ? -1 : random.nextInt(MAX_ELEMENTS + 1);
        writeLength(count, compact, 4, out);
        for (int i = 0; i < count; i++) {
            writeValue(element, out);
        }
    }

    private void writeTags(Map<?, ?> fields, ByteBuf out) throws ReflectiveOperationException {
        Map<Integer, Object> chosen = new TreeMap<>();
        fields.forEach(
                (tag, field) -> {
                    if (random.nextInt(3) > 0) {
                        chosen.put((Integer) tag, field);
                    }
                });
        writeVarint(chosen.size(), out);
        for (Map.Entry<Integer, Object> tagged : chosen.entrySet()) {
            ByteBuf content = Unpooled.buffer();
            Object type = field(tagged.getValue(), "type");
            if (type.getClass().getSimpleName().equals("NullableSchema")) {
                // Their schema object does not tell that the marker is another one in here.
                writeMarkedStruct(type, 0, content);
            } else {
                writeValue(type, content);
            }
            writeVarint(tagged.getKey(), out);
            writeVarint(content.readableBytes(), out);
            out.writeBytes(content);
        }
    }

    private void writePrimitive(String name, ByteBuf out) {
        boolean compact = name.startsWith("COMPACT_");
        boolean nullable = name.contains("NULLABLE_") || name.endsWith("RECORDS");
        String base = name.replace("COMPACT_", "").replace("NULLABLE_", "");
        switch (base) {
            case "BOOLEAN" -> out.writeByte(random.nextInt(2));
            case "INT8" -> out.writeByte(random.nextInt());
            case "INT16", "UINT16" -> out.writeShort(random.nextInt());
            case "INT32", "UINT32" -> out.writeInt(random.nextInt());
            case "INT64" -> out.writeLong(random.nextLong());
            case "FLOAT64" -> out.writeDouble(random.nextDouble());
            case "UUID" -> out.writeLong(random.nextLong()).writeLong(random.nextLong());
            case "STRING" -> writeData(text(), compact, 2, nullable, out);
            case "BYTES" -> writeData(data(), compact, 4, nullable, out);
            case "RECORDS" -> writeData(data(), compact, 4, false, out);
            default -> throw new IllegalStateException("type " + name);
        }
    }

    private void writeData(
            byte[] content, boolean compact, int lengthBytes, boolean nullable, ByteBuf out) {
        if (nullable && random.nextInt(4) == 0) {
            writeLength(-1, compact, lengthBytes, out);
        } else {
            writeLength(content.length, compact, lengthBytes, out);
            out.writeBytes(content);
        }
    }

    private byte[] text() {
        String letters = "aZ0-._ äß€𝄞中";
        int[] points = letters.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        // Now and then long enough for lengths of two bytes.
        int length = random.nextInt(8) == 0 ? 200 : random.nextInt(12);
        for (int i = 0; i < length; i++) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private byte[] data() {
        byte[] data = new byte[random.nextInt(40)];
        random.nextBytes(data);
        return data;
    }

    private static void writeLength(int length, boolean compact, int lengthBytes, ByteBuf out) {
        if (compact) {
            writeVarint(length + 1, out);
        } else if (lengthBytes == 2) {
            out.writeShort(length);
        } else {
            out.writeInt(length);
        }
    }

    private static void writeVarint(int value, ByteBuf out) {
        int rest = value;
        while (rest > 0x7f) {
            out.writeByte(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }

    private static Object call(Object target, String method) throws ReflectiveOperationException {
        Method found = target.getClass().getMethod(method);
        found.setAccessible(true);
        return found.invoke(target);
    }

    private static Object field(Object target, String name) throws ReflectiveOperationException {
        Field found = target.getClass().getField(name);
        found.setAccessible(true);
        return found.get(target);
    }
}
