package io.millrace.simulation.model;

import java.util.Arrays;

/** Fingerprints of the states that were seen: a hash table of bare numbers, 8 bytes each. */
final class SeenStates {
    private static final int FIRST_SIZE = 1 << 16;
    private static final long EMPTY = 0;

    private long[] table = new long[FIRST_SIZE];
    private int size;

    /** Whether it is new. */
    boolean add(long fingerprint) {
        long key = fingerprint == EMPTY ? 1 : fingerprint;
        if (size >= table.length / 2) {
            grow();
        }
        int at = indexOf(table, key);
        if (table[at] == key) {
            return false;
        }
        table[at] = key;
        size++;
        return true;
    }

    int size() {
        return size;
    }

    private void grow() {
        long[] old = table;
        long[] larger = new long[Math.multiplyExact(old.length, 2)];
        Arrays.stream(old)
                .filter(key -> key != EMPTY)
                .forEach(key -> larger[indexOf(larger, key)] = key);
        table = larger;
    }

    private static int indexOf(long[] table, long key) {
        int mask = table.length - 1;
        int at = (int) (key ^ (key >>> 32)) & mask;
        while (table[at] != EMPTY && table[at] != key) {
            at = (at + 1) & mask;
        }
        return at;
    }
}
