package io.millrace.connectors.postgres.cdc.type;

/** Integers as text, read from bytes without a string. */
final class TextNumbers {
    private TextNumbers() {}

    static long integer(byte[] bytes, int offset, int length) {
        int position = offset;
        int end = offset + length;
        boolean negative = length > 0 && bytes[position] == '-';
        if (negative) {
            position++;
        }
        if (position == end) {
            throw new NumberFormatException("an empty text is not an integer");
        }
        // Summed as a negative number, whose range is one larger.
        long value = 0;
        for (; position < end; position++) {
            int digit = bytes[position] - '0';
            if (digit < 0 || digit > 9) {
                throw new NumberFormatException(
                        "'" + TypeMapping.string(bytes, offset, length) + "' is not an integer");
            }
            value = value * 10 - digit;
        }
        return negative ? value : -value;
    }
}
