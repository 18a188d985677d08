package io.millrace.broker.partition;

import io.millrace.broker.log.AppendOrigin;
import org.jspecify.annotations.Nullable;

/**
 * What whoever appends wants to wait for.
 *
 * @param requiredAcks -1: until every in-sync replica has it (and, with {@code flush.on.ack}, its
 *     device); else until it is written here
 * @param timeoutMs how long to wait at most; the batch may be in the log all the same then
 * @param check verification of transactional batches; null if somebody trusted has done it, or if
 *     only batches of transactions that are open already are to be taken
 */
public record AppendDemand(
        short requiredAcks, int timeoutMs, AppendOrigin origin, @Nullable TransactionCheck check) {
    public static final short ACKS_ALL = -1;

    /** Without a limit in time, and without verification. */
    public static AppendDemand of(short requiredAcks, AppendOrigin origin) {
        return new AppendDemand(requiredAcks, Integer.MAX_VALUE, origin, null);
    }

    boolean acksAll() {
        return requiredAcks == ACKS_ALL;
    }
}
