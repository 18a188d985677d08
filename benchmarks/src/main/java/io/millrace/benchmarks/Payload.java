package io.millrace.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Record values that look like text and do not compress to nothing. */
final class Payload {
    private static final int SEED = 17;

    private Payload() {}

    /** Letters without order. */
    static byte[] of(int bytes) {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] value = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            value[i] = (byte) ('a' + random.nextInt(26));
        }
        return value;
    }

    /** A row as JSON, about as compressible as such rows are: three to four times. */
    static byte[] json(int bytes) {
        SplittableRandom random = new SplittableRandom(SEED);
        StringBuilder row = new StringBuilder("{");
        for (int column = 0; row.length() < bytes; column++) {
            row.append("\"column_")
                    .append(column)
                    .append("\":{\"value\":\"")
                    .append(Long.toHexString(random.nextLong()))
                    .append("\",\"updated_at\":\"2026-11-20T12:")
                    .append(10 + random.nextInt(50))
                    .append(":00Z\",\"null\":false},");
        }
        return Arrays.copyOf(row.toString().getBytes(StandardCharsets.UTF_8), bytes);
    }
}
