package io.millrace.clients.consumer;

/** Where to start when there is no committed offset, or it is not in the log. */
public enum OffsetResetPolicy {
    EARLIEST,
    LATEST,
    /** Nowhere: {@code poll} throws {@link OffsetResetException}. */
    NONE
}
