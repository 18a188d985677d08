package io.millrace.clients.producer;

/**
 * The 32-bit MurmurHash2 of a key, seeded as Kafka's default partitioner seeds it, so that a key
 * has the same partition whichever client wrote it.
 */
final class Murmur2 {
    private static final int SEED = 0x9747b28c;
    private static final int MULTIPLIER = 0x5bd1e995;
    private static final int SHIFT = 24;

    private Murmur2() {}

    /** Partition of a key among {@code partitionCount}. */
    static int partition(byte[] key, int partitionCount) {
        return (hash(key) & Integer.MAX_VALUE) % partitionCount;
    }

    static int hash(byte[] bytes) {
        int length = bytes.length;
        int hash = SEED ^ length;
        int words = length / 4;
        for (int word = 0; word < words; word++) {
            int at = word * 4;
            int mixed =
                    (bytes[at] & 0xff)
                            | (bytes[at + 1] & 0xff) << 8
                            | (bytes[at + 2] & 0xff) << 16
                            | (bytes[at + 3] & 0xff) << 24;
            mixed *= MULTIPLIER;
            mixed ^= mixed >>> SHIFT;
            mixed *= MULTIPLIER;
            hash = hash * MULTIPLIER ^ mixed;
        }
        int tail = words * 4;
        int rest = length - tail;
        if (rest > 0) {
            int last = 0;
            for (int i = rest - 1; i >= 0; i--) {
                last = last << 8 | bytes[tail + i] & 0xff;
            }
            hash = (hash ^ last) * MULTIPLIER;
        }
        hash ^= hash >>> 13;
        hash *= MULTIPLIER;
        return hash ^ hash >>> 15;
    }
}
