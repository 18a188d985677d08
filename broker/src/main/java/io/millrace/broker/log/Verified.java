package io.millrace.broker.log;

/** What the coordinator said of a transactional batch (KIP-890). */
public enum Verified {
    /** Nothing: the batch is taken only if its transaction is open in this partition already. */
    NO,
    /** The partition is part of the producer's open transaction. */
    IN_TRANSACTION,
    /** The same, by a producer whose every transaction has an epoch of its own. */
    IN_TRANSACTION_OF_ITS_OWN_EPOCH
}
