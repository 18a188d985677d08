package io.millrace.clients.cluster;

import io.millrace.base.time.RandomSource;

/**
 * Waiting times that double from a first to a largest one, each up to a fifth shorter or longer.
 */
public record Backoff(int firstMs, int maxMs, RandomSource random) {
    private static final int MAX_DOUBLINGS = 20;
    private static final int JITTER_PERCENT = 20;

    /** How long to wait after so many failures in a row, in ms. */
    public long afterMs(int failures) {
        if (failures <= 0 || firstMs == 0) {
            return 0;
        }
        long plain = (long) firstMs << Math.min(failures - 1, MAX_DOUBLINGS);
        long capped = Math.min(plain, Math.max(firstMs, maxMs));
        long percent = 100L - JITTER_PERCENT + random.nextInt(2 * JITTER_PERCENT + 1);
        return Math.max(1, capped * percent / 100);
    }
}
