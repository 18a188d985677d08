package io.millrace.streams.storage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Something found by key bytes in a {@link KeyTable}. The key is not copied: it never changes. */
abstract class Keyed {
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    final byte[] key;
    final int hash;

    Keyed(byte[] key, int hash) {
        this.key = key;
        this.hash = hash;
    }

    final boolean hasKey(byte[] other, int otherHash) {
        return hash == otherHash && Arrays.equals(key, other);
    }

    /** Spreads all bits; eight bytes a step. */
    static int hashOf(byte[] bytes) {
        long hash = bytes.length * MULTIPLIER;
        int i = 0;
        for (; i + Long.BYTES <= bytes.length; i += Long.BYTES) {
            hash = (hash ^ (long) LONGS.get(bytes, i)) * MULTIPLIER;
            hash ^= hash >>> 32;
        }
        for (; i < bytes.length; i++) {
            hash = (hash ^ bytes[i] & 0xff) * MULTIPLIER;
        }
        hash ^= hash >>> 29;
        return (int) (hash ^ hash >>> 32);
    }
}
