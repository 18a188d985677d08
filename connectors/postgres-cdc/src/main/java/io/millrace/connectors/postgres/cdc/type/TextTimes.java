package io.millrace.connectors.postgres.cdc.type;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;

/**
 * PostgreSQL's ISO date and time text, read from bytes without strings: {@code 2026-11-20
 * 13:05:00.25+02:30 BC}. Microseconds throughout.
 */
final class TextTimes {
    static final long MICROS_PER_SECOND = 1_000_000L;
    static final long MICROS_PER_DAY = 86_400L * MICROS_PER_SECOND;

    /** What the PostgreSQL driver and Debezium use for infinity. */
    static final long POSITIVE_INFINITY = 9_223_372_036_825_200_000L;

    static final long NEGATIVE_INFINITY = -9_223_372_036_832_400_000L;

    private final byte[] bytes;
    private final int end;
    private int position;

    private TextTimes(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.position = offset;
        this.end = offset + length;
    }

    /** A timestamp with its offset from GMT, 0 where the text has none. */
    record Stamp(long localMicros, int offsetSeconds) {
        long utcMicros() {
            return localMicros - offsetSeconds * MICROS_PER_SECOND;
        }
    }

    static boolean isInfinite(byte[] bytes, int offset, int length) {
        return length >= 8 && (bytes[offset] == 'i' || bytes[offset + 1] == 'i');
    }

    static boolean isNegative(byte[] bytes, int offset) {
        return bytes[offset] == '-';
    }

    static long epochDay(byte[] bytes, int offset, int length) {
        TextTimes in = new TextTimes(bytes, offset, length);
        return in.date();
    }

    /** Microseconds since midnight; 24:00:00 is a whole day. */
    static long timeOfDay(byte[] bytes, int offset, int length) {
        return new TextTimes(bytes, offset, length).time();
    }

    static Stamp timeWithOffset(byte[] bytes, int offset, int length) {
        TextTimes in = new TextTimes(bytes, offset, length);
        long time = in.time();
        return new Stamp(time, in.zone());
    }

    static Stamp timestamp(byte[] bytes, int offset, int length) {
        TextTimes in = new TextTimes(bytes, offset, length);
        long day = in.date();
        in.expect(' ');
        long time = in.time();
        return new Stamp(day * MICROS_PER_DAY + time, in.zone());
    }

    private long date() {
        int year = number();
        expect('-');
        int month = number();
        expect('-');
        int day = number();
        boolean beforeChrist = bytes[end - 1] == 'C';
        // Year 1 BC is the proleptic year 0.
        return LocalDate.of(beforeChrist ? 1 - year : year, month, day).toEpochDay();
    }

    private long time() {
        long seconds = number() * 3600L;
        expect(':');
        seconds += number() * 60L;
        if (position < end && bytes[position] == ':') {
            position++;
            seconds += number();
        }
        long micros = 0;
        if (position < end && bytes[position] == '.') {
            position++;
            int digits = 0;
            while (position < end && isDigit(bytes[position]) && digits < 6) {
                micros = micros * 10 + (bytes[position++] - '0');
                digits++;
            }
            for (; digits < 6; digits++) {
                micros *= 10;
            }
        }
        return seconds * MICROS_PER_SECOND + micros;
    }

    private int zone() {
        if (position >= end || (bytes[position] != '+' && bytes[position] != '-')) {
            return 0;
        }
        int sign = bytes[position++] == '-' ? -1 : 1;
        int seconds = number() * 3600;
        if (position < end && bytes[position] == ':') {
            position++;
            seconds += number() * 60;
        }
        if (position < end && bytes[position] == ':') {
            position++;
            seconds += number();
        }
        return sign * seconds;
    }

    private int number() {
        int start = position;
        int value = 0;
        while (position < end && isDigit(bytes[position])) {
            value = value * 10 + (bytes[position++] - '0');
        }
        if (position == start) {
            throw unreadable();
        }
        return value;
    }

    private void expect(char wanted) {
        if (position >= end || bytes[position] != wanted) {
            throw unreadable();
        }
        position++;
    }

    private IllegalArgumentException unreadable() {
        return new IllegalArgumentException(
                "'"
                        + new String(bytes, 0, end, StandardCharsets.UTF_8)
                        + "' is not an ISO date or time; is DateStyle changed for this role?");
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    /** {@code 2026-11-20T13:05:00.250000}; {@code fractionDigits} 0 leaves the fraction out. */
    static String isoTimestamp(long utcMicros, int fractionDigits) {
        long day = Math.floorDiv(utcMicros, MICROS_PER_DAY);
        StringBuilder out = new StringBuilder(32);
        out.append(LocalDate.ofEpochDay(day)).append('T');
        appendTime(out, Math.floorMod(utcMicros, MICROS_PER_DAY), fractionDigits);
        return out.toString();
    }

    static String isoTime(long micros, int fractionDigits) {
        StringBuilder out = new StringBuilder(16);
        appendTime(out, micros, fractionDigits);
        return out.toString();
    }

    private static void appendTime(StringBuilder out, long micros, int fractionDigits) {
        long seconds = micros / MICROS_PER_SECOND;
        twoDigits(out, seconds / 3600).append(':');
        twoDigits(out, seconds / 60 % 60).append(':');
        twoDigits(out, seconds % 60);
        if (fractionDigits > 0) {
            out.append('.');
            long fraction = micros % MICROS_PER_SECOND;
            long unit = MICROS_PER_SECOND / 10;
            for (int i = 0; i < fractionDigits; i++) {
                out.append((char) ('0' + fraction / unit % 10));
                unit = Math.max(1, unit / 10);
            }
        }
    }

    private static StringBuilder twoDigits(StringBuilder out, long value) {
        return out.append((char) ('0' + value / 10)).append((char) ('0' + value % 10));
    }
}
