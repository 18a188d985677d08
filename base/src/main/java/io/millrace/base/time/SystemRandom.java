package io.millrace.base.time;

import java.util.concurrent.ThreadLocalRandom; // gate: this is the randomness adapter

/** Randomness of the running process. */
enum SystemRandom implements RandomSource {
    INSTANCE;

    @Override
    public long nextLong() {
        return ThreadLocalRandom.current().nextLong(); // gate: this is the randomness adapter
    }

    @Override
    public int nextInt(int bound) {
        return ThreadLocalRandom.current().nextInt(bound); // gate: this is the randomness adapter
    }
}
