package io.millrace.broker.log.compaction;

import io.netty.buffer.ByteBuf;

/**
 * SipHash-2-4 with 128 bits of output (Aumasson, Bernstein 2012). With a key that nobody else knows
 * two different inputs give the same 128 bits only by chance, also when somebody chooses the
 * inputs, so compaction may take equal hashes for equal keys. Holds the last result; used by one
 * thread.
 */
final class KeyHash {
    private static final int WORD = Long.BYTES;

    private final long key0;
    private final long key1;
    private long v0;
    private long v1;
    private long v2;
    private long v3;
    private long low;
    private long high;

    KeyHash(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /** First half of the last result. */
    long low() {
        return low;
    }

    /** Second half of the last result. */
    long high() {
        return high;
    }

    void of(ByteBuf bytes, int index, int length) {
        v0 = key0 ^ 0x736f6d6570736575L;
        v1 = key1 ^ 0x646f72616e646f6dL ^ 0xee;
        v2 = key0 ^ 0x6c7967656e657261L;
        v3 = key1 ^ 0x7465646279746573L;
        int at = index;
        int whole = index + length / WORD * WORD;
        for (; at < whole; at += WORD) {
            mix(bytes.getLongLE(at));
        }
        long last = (long) length << 56;
        for (int shift = 0; at < index + length; at++, shift += 8) {
            last |= (bytes.getByte(at) & 0xffL) << shift;
        }
        mix(last);
        v2 ^= 0xee;
        finish();
        low = v0 ^ v1 ^ v2 ^ v3;
        v1 ^= 0xdd;
        finish();
        high = v0 ^ v1 ^ v2 ^ v3;
    }

    private void mix(long word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }

    private void finish() {
        round();
        round();
        round();
        round();
    }

    private void round() {
        v0 += v1;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v3;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v2 = Long.rotateLeft(v2, 32);
    }
}
