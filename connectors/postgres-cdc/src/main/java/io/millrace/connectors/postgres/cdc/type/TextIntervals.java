package io.millrace.connectors.postgres.cdc.type;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** ISO 8601 intervals as PostgreSQL prints them ({@code intervalstyle=iso_8601}). */
final class TextIntervals {
    /** 365.25 / 12 days, Debezium's month. */
    private static final BigDecimal MICROS_PER_MONTH =
            new BigDecimal("30.4375").multiply(BigDecimal.valueOf(TextTimes.MICROS_PER_DAY));

    private TextIntervals() {}

    /** {@code P1Y2M3DT4H5M6.789S} in microseconds. */
    static long micros(String text) {
        BigDecimal total = BigDecimal.ZERO;
        boolean time = false;
        int start = 1;
        for (int i = 1; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 'T') {
                time = true;
                start = i + 1;
            } else if (Character.isLetter(c)) {
                BigDecimal amount = new BigDecimal(text.substring(start, i));
                total = total.add(amount.multiply(unit(c, time, text)));
                start = i + 1;
            }
        }
        return total.setScale(0, RoundingMode.HALF_UP).longValueExact();
    }

    private static BigDecimal unit(char letter, boolean time, String text) {
        return switch (letter) {
            case 'Y' -> MICROS_PER_MONTH.multiply(BigDecimal.valueOf(12));
            case 'M' -> time ? BigDecimal.valueOf(60_000_000L) : MICROS_PER_MONTH;
            case 'W' -> BigDecimal.valueOf(7 * TextTimes.MICROS_PER_DAY);
            case 'D' -> BigDecimal.valueOf(TextTimes.MICROS_PER_DAY);
            case 'H' -> BigDecimal.valueOf(3_600_000_000L);
            case 'S' -> BigDecimal.valueOf(TextTimes.MICROS_PER_SECOND);
            default ->
                    throw new IllegalArgumentException(
                            "'" + text + "' is not an ISO 8601 interval: unit " + letter);
        };
    }
}
