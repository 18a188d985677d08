package io.millrace.connectors.postgres.cdc.type;

import io.millrace.connectors.postgres.cdc.type.TypeOptions.TimeMode;
import java.time.LocalDate;
import java.util.Date;
import java.util.function.Supplier;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * date, time and timestamp in the modes of {@code time.precision.mode}. Values with a time zone are
 * always ISO text in GMT.
 */
final class TimeCodecs {
    private static final String TIME = "io.debezium.time.";
    private static final int MAX_DIGITS = 6;
    private static final int MILLIS_DIGITS = 3;

    private final TimeMode mode;

    TimeCodecs(TimeMode mode) {
        this.mode = mode;
    }

    ColumnCodec date() {
        return switch (mode) {
            case CONNECT ->
                    codec(
                            org.apache.kafka.connect.data.Date::builder,
                            (b, o, l) -> new Date(days(b, o, l) * 86_400_000L));
            case ISOSTRING ->
                    codec(
                            string("IsoDate"),
                            (b, o, l) ->
                                    TextTimes.isInfinite(b, o, l)
                                            ? TypeMapping.string(b, o, l)
                                            : LocalDate.ofEpochDay(TextTimes.epochDay(b, o, l))
                                                            .toString()
                                                    + "Z");
            default -> codec(int32("Date"), (b, o, l) -> (int) days(b, o, l));
        };
    }

    private static long days(byte[] bytes, int offset, int length) {
        if (TextTimes.isInfinite(bytes, offset, length)) {
            return TextTimes.isNegative(bytes, offset) ? Integer.MIN_VALUE : Integer.MAX_VALUE;
        }
        return TextTimes.epochDay(bytes, offset, length);
    }

    ColumnCodec time(int modifier) {
        boolean millis = digits(modifier) <= MILLIS_DIGITS;
        return switch (mode) {
            case CONNECT ->
                    codec(
                            org.apache.kafka.connect.data.Time::builder,
                            (b, o, l) -> new Date(TextTimes.timeOfDay(b, o, l) / 1000));
            case ISOSTRING ->
                    codec(
                            string("IsoTime"),
                            (b, o, l) ->
                                    TextTimes.isoTime(
                                                    TextTimes.timeOfDay(b, o, l), digits(modifier))
                                            + "Z");
            case NANOSECONDS ->
                    codec(int64("NanoTime"), (b, o, l) -> TextTimes.timeOfDay(b, o, l) * 1000);
            case ADAPTIVE ->
                    millis
                            ? codec(
                                    int32("Time"),
                                    (b, o, l) -> (int) (TextTimes.timeOfDay(b, o, l) / 1000))
                            : codec(int64("MicroTime"), TextTimes::timeOfDay);
            default -> codec(int64("MicroTime"), TextTimes::timeOfDay);
        };
    }

    ColumnCodec timestamp(int modifier) {
        boolean millis = digits(modifier) <= MILLIS_DIGITS;
        return switch (mode) {
            case CONNECT ->
                    codec(
                            org.apache.kafka.connect.data.Timestamp::builder,
                            (b, o, l) -> new Date(scaled(b, o, l, -1000)));
            case ISOSTRING ->
                    codec(
                            string("IsoTimestamp"),
                            (b, o, l) -> zonedText(b, o, l, digits(modifier)));
            case NANOSECONDS -> codec(int64("NanoTimestamp"), (b, o, l) -> scaled(b, o, l, 1000));
            case MICROSECONDS -> codec(int64("MicroTimestamp"), (b, o, l) -> scaled(b, o, l, 1));
            case ADAPTIVE, ADAPTIVE_TIME_MICROSECONDS ->
                    millis
                            ? codec(int64("Timestamp"), (b, o, l) -> scaled(b, o, l, -1000))
                            : codec(int64("MicroTimestamp"), (b, o, l) -> scaled(b, o, l, 1));
        };
    }

    /** Microseconds times {@code factor}, or divided by it when negative. */
    private static long scaled(byte[] bytes, int offset, int length, int factor) {
        if (TextTimes.isInfinite(bytes, offset, length)) {
            return TextTimes.isNegative(bytes, offset)
                    ? TextTimes.NEGATIVE_INFINITY
                    : TextTimes.POSITIVE_INFINITY;
        }
        long micros = TextTimes.timestamp(bytes, offset, length).localMicros();
        return factor < 0 ? Math.floorDiv(micros, -factor) : Math.multiplyExact(micros, factor);
    }

    ColumnCodec timestampWithZone(int modifier) {
        int digits = digits(modifier);
        return codec(string("ZonedTimestamp"), (b, o, l) -> zonedText(b, o, l, digits));
    }

    private static String zonedText(byte[] bytes, int offset, int length, int digits) {
        if (TextTimes.isInfinite(bytes, offset, length)) {
            return TypeMapping.string(bytes, offset, length);
        }
        long micros = TextTimes.timestamp(bytes, offset, length).utcMicros();
        return TextTimes.isoTimestamp(micros, digits) + "Z";
    }

    ColumnCodec timeWithZone(int modifier) {
        int digits = digits(modifier);
        return codec(
                string("ZonedTime"),
                (b, o, l) -> {
                    long micros = TextTimes.timeWithOffset(b, o, l).utcMicros();
                    return TextTimes.isoTime(
                                    Math.floorMod(micros, TextTimes.MICROS_PER_DAY), digits)
                            + "Z";
                });
    }

    private static int digits(int modifier) {
        return modifier < 0 ? MAX_DIGITS : modifier;
    }

    private static ColumnCodec codec(Supplier<SchemaBuilder> schema, ValueDecoder decoder) {
        return new ColumnCodec(schema, decoder, null);
    }

    private static Supplier<SchemaBuilder> int32(String name) {
        return () -> SchemaBuilder.int32().name(TIME + name).version(1);
    }

    private static Supplier<SchemaBuilder> int64(String name) {
        return () -> SchemaBuilder.int64().name(TIME + name).version(1);
    }

    private static Supplier<SchemaBuilder> string(String name) {
        return () -> SchemaBuilder.string().name(TIME + name).version(1);
    }
}
