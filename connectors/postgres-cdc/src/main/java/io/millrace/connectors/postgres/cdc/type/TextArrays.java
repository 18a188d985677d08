package io.millrace.connectors.postgres.cdc.type;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's array text, {@code {1,NULL,"a,b"}}. A Connect schema has no number of dimensions, so
 * arrays of several dimensions come out flat, in storage order.
 */
final class TextArrays {
    private static final byte[] NULL_WORD = {'N', 'U', 'L', 'L'};

    private TextArrays() {}

    static List<@Nullable Object> decode(
            byte[] bytes, int offset, int length, ValueDecoder element) {
        List<@Nullable Object> values = new ArrayList<>();
        int end = offset + length;
        int position = offset;
        // Explicit bounds ([2:4]={…}) come first and are not part of the values.
        while (position < end && bytes[position] != '{') {
            position++;
        }
        ByteArrayOutputStream token = new ByteArrayOutputStream();
        boolean any = false;
        boolean quoted = false;
        boolean inQuotes = false;
        for (; position < end; position++) {
            byte b = bytes[position];
            if (b == '\\') {
                token.write(bytes[++position]);
                any = true;
            } else if (b == '"') {
                inQuotes = !inQuotes;
                quoted = true;
                any = true;
            } else if (inQuotes) {
                token.write(b);
            } else if (b == ',' || b == '}') {
                if (any) {
                    values.add(value(token.toByteArray(), quoted, element));
                }
                token.reset();
                any = false;
                quoted = false;
            } else if (b != '{') {
                token.write(b);
                any = true;
            }
        }
        return values;
    }

    private static @Nullable Object value(byte[] token, boolean quoted, ValueDecoder element) {
        if (!quoted && java.util.Arrays.equals(token, NULL_WORD)) {
            return null;
        }
        return element.decode(token, 0, token.length);
    }
}
