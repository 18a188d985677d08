package io.millrace.simulation.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Ways from the first state to those of one depth: for each the numbers of the steps taken, a byte
 * each. A way costs its depth in bytes, where the state at its end would cost kilobytes.
 */
final class Paths {
    private static final int CHUNK_PATHS = 1 << 16;

    private final int depth;
    private final List<byte[]> chunks = new ArrayList<>();
    private long count;

    Paths(int depth) {
        this.depth = depth;
    }

    /** The way to the first state. */
    static Paths ofFirst() {
        Paths paths = new Paths(0);
        paths.count = 1;
        paths.chunks.add(new byte[0]);
        return paths;
    }

    int depth() {
        return depth;
    }

    long count() {
        return count;
    }

    /** Adds a way that is one step longer than {@code prefix}. */
    void add(byte[] prefix, int step) {
        int at = (int) (count % CHUNK_PATHS);
        if (at == 0) {
            chunks.add(new byte[Math.multiplyExact(CHUNK_PATHS, depth)]);
        }
        byte[] chunk = chunks.get(chunks.size() - 1);
        System.arraycopy(prefix, 0, chunk, at * depth, depth - 1);
        chunk[at * depth + depth - 1] = (byte) step;
        count++;
    }

    byte[] read(long index) {
        byte[] chunk = chunks.get((int) (index / CHUNK_PATHS));
        int at = (int) (index % CHUNK_PATHS) * depth;
        return java.util.Arrays.copyOfRange(chunk, at, at + depth);
    }
}
