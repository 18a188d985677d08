package io.millrace.broker.partition;

/** How far a consumer sees. */
public enum Isolation {
    /** Up to the high watermark. */
    READ_UNCOMMITTED,
    /** Up to the last stable offset. */
    READ_COMMITTED
}
