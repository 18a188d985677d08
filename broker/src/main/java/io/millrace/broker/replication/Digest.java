package io.millrace.broker.replication;

/** Mixes numbers into one of 64 bits; the order counts. */
public final class Digest {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private long mixed = GOLDEN;

    public Digest add(long value) {
        long z = mixed + GOLDEN + value * 0xD6E8FEB86659FD93L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        mixed = z ^ (z >>> 31);
        return this;
    }

    public long value() {
        return mixed;
    }
}
