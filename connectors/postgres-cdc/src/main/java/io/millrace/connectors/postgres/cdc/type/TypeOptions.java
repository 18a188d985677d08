package io.millrace.connectors.postgres.cdc.type;

/** The choices an operator has about how values are represented; names as in Debezium. */
public record TypeOptions(
        DecimalMode decimal,
        TimeMode time,
        BinaryMode binary,
        IntervalMode interval,
        int moneyFractionDigits,
        String unavailableValue) {

    /** How numeric and money travel. */
    public enum DecimalMode {
        PRECISE,
        DOUBLE,
        STRING
    }

    /** How date, time and timestamp travel. */
    public enum TimeMode {
        ADAPTIVE,
        ADAPTIVE_TIME_MICROSECONDS,
        CONNECT,
        ISOSTRING,
        MICROSECONDS,
        NANOSECONDS
    }

    /** How bytea travels. */
    public enum BinaryMode {
        BYTES,
        BASE64,
        HEX
    }

    /** How interval travels: microseconds (a month is 365.25 / 12 days) or ISO 8601 text. */
    public enum IntervalMode {
        NUMERIC,
        STRING
    }

    public TypeOptions {
        if (moneyFractionDigits < 0) {
            throw new IllegalArgumentException(
                    "money.fraction.digits=" + moneyFractionDigits + " is negative");
        }
    }

    public static TypeOptions defaults() {
        return new TypeOptions(
                DecimalMode.PRECISE,
                TimeMode.ADAPTIVE,
                BinaryMode.BYTES,
                IntervalMode.NUMERIC,
                2,
                "__debezium_unavailable_value");
    }
}
