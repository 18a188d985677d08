package io.millrace.base.time;

import java.util.SplittableRandom;
import java.util.UUID;

/**
 * Source of randomness; seeded in tests and simulation. Not for secrets. Implementations need not
 * be thread-safe.
 */
public interface RandomSource {

    /** Uniform over all longs. */
    long nextLong();

    /** Uniform in {@code [0, bound)}. */
    int nextInt(int bound);

    /**
     * A version 4 UUID. Never one of the two reserved ids (all zero, all zero with last bit set).
     */
    default UUID nextUuid() {
        long high = nextLong() & ~0xf000L | 0x4000L;
        long low = nextLong() & 0x3fffffffffffffffL | 0x8000000000000000L;
        return new UUID(high, low);
    }

    /** The same sequence for the same seed. Owned by one thread. */
    static RandomSource seeded(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new RandomSource() {
            @Override
            public long nextLong() {
                return random.nextLong();
            }

            @Override
            public int nextInt(int bound) {
                return random.nextInt(bound);
            }
        };
    }

    /** Unpredictable, for production. Safe from any thread. */
    static RandomSource system() {
        return SystemRandom.INSTANCE;
    }
}
