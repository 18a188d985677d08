package io.millrace.streams.task;

/** Kafka's hash of record keys: which partition a key belongs to. */
public final class Murmur2 {
    private static final int SEED = 0x9747b28c;
    private static final int M = 0x5bd1e995;
    private static final int R = 24;

    private Murmur2() {}

    public static int partition(byte[] key, int partitionCount) {
        return (hash(key) & 0x7fffffff) % partitionCount;
    }

    /** Austin Appleby's MurmurHash2, 32 bits, with Kafka's seed. */
    static int hash(byte[] data) {
        int length = data.length;
        int h = SEED ^ length;
        int i = 0;
        for (; i + 4 <= length; i += 4) {
            int k =
                    data[i] & 0xff
                            | (data[i + 1] & 0xff) << 8
                            | (data[i + 2] & 0xff) << 16
                            | (data[i + 3] & 0xff) << 24;
            k *= M;
            k ^= k >>> R;
            k *= M;
            h = h * M ^ k;
        }
        int rest = length - i;
        if (rest > 0) {
            for (int j = rest - 1; j >= 0; j--) {
                h ^= (data[i + j] & 0xff) << 8 * j;
            }
            h *= M;
        }
        h ^= h >>> 13;
        h *= M;
        return h ^ h >>> 15;
    }
}
