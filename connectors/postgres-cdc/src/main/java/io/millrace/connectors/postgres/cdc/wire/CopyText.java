package io.millrace.connectors.postgres.cdc.wire;

/**
 * One row of COPY's text format to a {@link Tuple}: columns between tabs, {@code \N} for null,
 * backslash escapes, a newline at the end. Values come out as the type's own text, exactly as the
 * change stream has them. Source: PostgreSQL, COPY, "Text Format".
 */
public final class CopyText {
    private CopyText() {}

    public static Tuple row(byte[] line, int columns) {
        byte[] kinds = new byte[columns];
        int[] offsets = new int[columns];
        int[] lengths = new int[columns];
        int end = line.length > 0 && line[line.length - 1] == '\n' ? line.length - 1 : line.length;
        // Unescaping never grows a value, so it happens in place, writing behind the reader.
        int in = 0;
        int out = 0;
        int column = 0;
        int start = 0;
        boolean isNull = false;
        while (in <= end && columns > 0) {
            if (in == end || line[in] == '\t') {
                if (column == columns) {
                    throw new WireFormatException(
                            "a copied row has more than " + columns + " columns");
                }
                kinds[column] = isNull ? Tuple.NULL : Tuple.TEXT;
                offsets[column] = start;
                lengths[column] = isNull ? 0 : out - start;
                column++;
                start = out;
                isNull = false;
                in++;
            } else if (line[in] == '\\' && in + 1 < end) {
                byte escaped = line[in + 1];
                in += 2;
                if (escaped == 'N') {
                    isNull = true;
                } else {
                    line[out++] = unescaped(escaped);
                }
            } else {
                line[out++] = line[in++];
            }
        }
        if (column != columns) {
            throw new WireFormatException(
                    "a copied row has " + column + " columns, expected " + columns);
        }
        return new Tuple(line, kinds, offsets, lengths);
    }

    private static byte unescaped(byte code) {
        return switch (code) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> 0x0b;
            default -> code;
        };
    }
}
