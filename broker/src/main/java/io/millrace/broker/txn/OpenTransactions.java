package io.millrace.broker.txn;

/**
 * The open transactions of one partition of {@code __transaction_state}, those being ended
 * included. Immutable; published by the shard after each change.
 *
 * @param count how many
 * @param oldestStartMs wall clock at which the oldest began; -1 if there is none
 */
public record OpenTransactions(int count, long oldestStartMs) {
    public static final OpenTransactions NONE = new OpenTransactions(0, -1);
}
