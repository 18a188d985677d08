package io.millrace.clients.consumer;

/** What a record's timestamp says. */
public enum TimestampType {
    /** When the producer says it happened. */
    CREATE_TIME,
    /** When the broker appended it. */
    LOG_APPEND_TIME
}
