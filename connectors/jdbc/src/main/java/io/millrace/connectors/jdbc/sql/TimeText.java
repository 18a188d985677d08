package io.millrace.connectors.jdbc.sql;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * Numbers that stand for dates and times as PostgreSQL's text. A schema name says the unit; without
 * one, a number in a time column is taken by its size: up to 10^14 milliseconds, up to 10^17
 * microseconds, else nanoseconds since 1970 (days in a date column).
 */
final class TimeText {
    private static final long MILLIS_LIMIT = 100_000_000_000_000L;
    private static final long MICROS_LIMIT = 100_000_000_000_000_000L;
    private static final long DAY_MILLIS = 86_400_000L;
    private static final long POSITIVE_INFINITY = 9_223_372_036_825_200_000L;
    private static final long NEGATIVE_INFINITY = -9_223_372_036_832_400_000L;

    private TimeText() {}

    /** Null when the value is not a number that means a time. */
    static @Nullable String of(@Nullable String schemaName, Object value, String type) {
        if (value instanceof Date date) {
            return fromMillis(schemaName, date.getTime(), type);
        }
        if (!(value instanceof Number number)) {
            return null;
        }
        long amount = number.longValue();
        if (schemaName != null) {
            String named = named(schemaName, amount, type);
            if (named != null) {
                return named;
            }
        }
        return switch (type) {
            case "date" ->
                    amount > 1_000_000 ? timestamp(amount, guess(amount), type) : date(amount);
            case "timestamp", "timestamptz" -> timestamp(amount, guess(amount), type);
            case "time" -> time(amount < DAY_MILLIS ? amount * 1_000_000 : amount * 1_000);
            case "interval" -> amount + " microseconds";
            default -> null;
        };
    }

    private static @Nullable String named(String schemaName, long amount, String type) {
        return switch (schemaName) {
            case "io.debezium.time.Date" -> date(amount);
            case "io.debezium.time.Timestamp" -> timestamp(amount, 1_000, type);
            case "io.debezium.time.MicroTimestamp" -> timestamp(amount, 1_000_000, type);
            case "io.debezium.time.NanoTimestamp" -> timestamp(amount, 1_000_000_000, type);
            case "io.debezium.time.Time" -> time(amount * 1_000_000);
            case "io.debezium.time.MicroTime" -> time(amount * 1_000);
            case "io.debezium.time.NanoTime" -> time(amount);
            case "io.debezium.time.MicroDuration" -> amount + " microseconds";
            default -> null;
        };
    }

    private static String fromMillis(@Nullable String schemaName, long millis, String type) {
        if (org.apache.kafka.connect.data.Time.LOGICAL_NAME.equals(schemaName)) {
            return time(Math.floorMod(millis, DAY_MILLIS) * 1_000_000);
        }
        if (org.apache.kafka.connect.data.Date.LOGICAL_NAME.equals(schemaName)) {
            return date(Math.floorDiv(millis, DAY_MILLIS));
        }
        return timestamp(millis, 1_000, type);
    }

    private static long guess(long amount) {
        long size = Math.abs(amount);
        if (size < MILLIS_LIMIT) {
            return 1_000;
        }
        return size < MICROS_LIMIT ? 1_000_000 : 1_000_000_000;
    }

    private static String date(long days) {
        if (days == Integer.MAX_VALUE) {
            return "infinity";
        }
        if (days == Integer.MIN_VALUE) {
            return "-infinity";
        }
        return withEra(LocalDate.ofEpochDay(days), "");
    }

    private static String timestamp(long amount, long perSecond, String type) {
        if (amount == POSITIVE_INFINITY) {
            return "infinity";
        }
        if (amount == NEGATIVE_INFINITY) {
            return "-infinity";
        }
        long seconds = Math.floorDiv(amount, perSecond);
        long nanos = Math.floorMod(amount, perSecond) * (1_000_000_000L / perSecond);
        var utc = Instant.ofEpochSecond(seconds, nanos).atOffset(ZoneOffset.UTC);
        String zone = type.equals("timestamptz") || type.equals("text") ? "Z" : "";
        return withEra(utc.toLocalDate(), " " + utc.toLocalTime() + zone);
    }

    private static String time(long nanos) {
        return nanos == 86_400_000_000_000L ? "24:00:00" : LocalTime.ofNanoOfDay(nanos).toString();
    }

    /** Years before 1 are written as BC; LocalDate prefixes years above 9999 with a plus. */
    private static String withEra(LocalDate date, String time) {
        int year = date.getYear();
        String day = String.format("-%02d-%02d", date.getMonthValue(), date.getDayOfMonth());
        return year > 0
                ? String.format("%04d", year) + day + time
                : String.format("%04d", 1 - year) + day + time + " BC";
    }
}
