package io.millrace.benchmarks;

import java.util.SplittableRandom;

/** Record values that look like text and do not compress to nothing. */
final class Payload {
    private static final int SEED = 17;

    private Payload() {}

    static byte[] of(int bytes) {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] value = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            value[i] = (byte) ('a' + random.nextInt(26));
        }
        return value;
    }
}
