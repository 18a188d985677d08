package io.millrace.broker.log;

/**
 * A transaction whose records do not count.
 *
 * @param firstOffset first offset of the transaction in this partition
 * @param lastOffset offset of its abort marker
 * @param lastStableOffset last stable offset right after the marker, as far as markers alone move
 *     it: no transaction that is aborted later begins before it
 */
public record AbortedTransaction(
        long producerId, long firstOffset, long lastOffset, long lastStableOffset) {}
