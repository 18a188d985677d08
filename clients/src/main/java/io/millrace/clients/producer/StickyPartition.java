package io.millrace.clients.producer;

import io.millrace.base.time.RandomSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where records without a key go: one partition until about a batch is written to it, then another,
 * so that batches fill. Threads may race here; what matters is only that everybody mostly agrees.
 */
final class StickyPartition {
    private static final int NUMBER_BITS = 32;

    private final RandomSource random;
    private final int stickBytes;

    /** Upper half: partition; lower half: bytes written to it. */
    private final AtomicLong current = new AtomicLong(-1);

    StickyPartition(RandomSource random, int stickBytes) {
        this.random = random;
        this.stickBytes = Math.max(1, stickBytes);
    }

    /** The partition for the next record; {@code candidates} has at least one. */
    int next(int[] candidates, int recordBytes) {
        while (true) {
            long seen = current.get();
            int partition = (int) (seen >> NUMBER_BITS);
            int bytes = (int) seen;
            boolean stay = seen >= 0 && bytes < stickBytes && contains(candidates, partition);
            int chosen = stay ? partition : candidates[random.nextInt(candidates.length)];
            long bytesThen = (stay ? bytes : 0L) + recordBytes;
            long then = (long) chosen << NUMBER_BITS | Math.min(bytesThen, Integer.MAX_VALUE);
            if (current.compareAndSet(seen, then)) {
                return chosen;
            }
        }
    }

    private static boolean contains(int[] candidates, int partition) {
        // Candidates are sorted and mostly dense, so the place to look first is the number itself.
        if (partition < candidates.length && candidates[partition] == partition) {
            return true;
        }
        return java.util.Arrays.binarySearch(candidates, partition) >= 0;
    }
}
