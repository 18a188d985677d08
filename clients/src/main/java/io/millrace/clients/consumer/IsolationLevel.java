package io.millrace.clients.consumer;

/** Which records of transactions a consumer sees. */
public enum IsolationLevel {
    /** All, also of transactions that are open or were aborted. */
    READ_UNCOMMITTED,
    /** Only those of committed transactions, up to the first one still open. */
    READ_COMMITTED
}
