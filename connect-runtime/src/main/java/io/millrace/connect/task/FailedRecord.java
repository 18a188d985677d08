package io.millrace.connect.task;

import io.millrace.clients.consumer.ConsumerRecord;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record that a task gave up on.
 *
 * @param component class of the converter, transform or task that failed
 * @param consumed the record as read, in sink tasks
 * @param polled the record as polled, in source tasks
 */
record FailedRecord(
        Stage stage,
        Class<?> component,
        Throwable error,
        @Nullable ConsumerRecord<byte[], byte[]> consumed,
        @Nullable SourceRecord polled) {

    String place() {
        if (consumed != null) {
            return consumed.topicPartition() + "@" + consumed.offset();
        }
        return polled == null
                ? "unknown record"
                : polled.sourcePartition() + " at " + polled.sourceOffset();
    }
}
