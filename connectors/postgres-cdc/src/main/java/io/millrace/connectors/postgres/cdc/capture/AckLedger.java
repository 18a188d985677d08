package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.wire.Lsn;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What may be confirmed to the server: the end of the last transaction all of whose records, and
 * all records before them, are durable. Acknowledgements may come in any order and from any thread
 * (Apache's worker calls in acknowledgement order); only their contiguous prefix counts. Bounded by
 * the records in flight.
 */
public final class AckLedger {
    private static final int COMPACT_BITS = 1 << 16;

    /** Everything up to sequence {@code last} durable means {@code lsn} may be confirmed. */
    private record Boundary(long last, long lsn) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Boundary> boundaries = new ArrayDeque<>();

    /** Bit i: record {@code base + i} is acknowledged. */
    private BitSet acknowledged = new BitSet();

    private long base = 1;
    private long contiguous;
    private long confirmable = Lsn.NONE;

    /** Capture thread: once record {@code lastSequence} and all before are durable, {@code lsn}. */
    public void boundary(long lastSequence, long lsn) {
        lock.lock();
        try {
            Boundary tail = boundaries.peekLast();
            long reached = lsn;
            if (tail != null && tail.last() == lastSequence) {
                reached = max(lsn, tail.lsn());
                boundaries.pollLast();
            }
            boundaries.addLast(new Boundary(lastSequence, reached));
            advance();
        } finally {
            lock.unlock();
        }
    }

    /** Any thread: the record with this sequence is durable, or was dropped for good. */
    public void acknowledged(long sequence) {
        lock.lock();
        try {
            if (sequence <= contiguous) {
                return;
            }
            acknowledged.set(Math.toIntExact(sequence - base));
            int next = acknowledged.nextClearBit(Math.toIntExact(contiguous + 1 - base));
            contiguous = base + next - 1;
            if (next >= COMPACT_BITS) {
                acknowledged = acknowledged.get(next, Math.max(next, acknowledged.length()));
                base += next;
            }
            advance();
        } finally {
            lock.unlock();
        }
    }

    private void advance() {
        for (Boundary head = boundaries.peekFirst();
                head != null && head.last() <= contiguous;
                head = boundaries.peekFirst()) {
            confirmable = max(confirmable, head.lsn());
            boundaries.pollFirst();
        }
    }

    private static long max(long one, long other) {
        return Long.compareUnsigned(one, other) >= 0 ? one : other;
    }

    /** The position that may be confirmed, {@link Lsn#NONE} at first. It never goes back. */
    public long confirmable() {
        lock.lock();
        try {
            return confirmable;
        } finally {
            lock.unlock();
        }
    }
}
