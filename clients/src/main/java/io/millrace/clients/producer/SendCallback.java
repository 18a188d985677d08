package io.millrace.clients.producer;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;

/**
 * Told once how a record fared; records of one partition are told in the order they were sent. One
 * object may serve many records. Runs on the client's network loop: it must not block, and must not
 * call {@code flush} or {@code close}. What it throws is logged and otherwise ignored.
 */
public interface SendCallback {
    /** What {@link #onAcknowledged} gets as offset with {@code acks=0}, where nobody says. */
    long NO_OFFSET = -1;

    /** The brokers have the record, as surely as {@code acks} asks. */
    void onAcknowledged(TopicPartition partition, long offset, long timestampMs);

    /**
     * The producer gave up on the record. With a {@link io.millrace.clients.ClientTimeoutException}
     * the brokers may have it all the same.
     */
    void onFailed(TopicPartition partition, ClientException error);

    /** Takes no notice. */
    static SendCallback ignoring() {
        return new SendCallback() {
            @Override
            public void onAcknowledged(TopicPartition partition, long offset, long timestampMs) {
                // Nobody waits for it.
            }

            @Override
            public void onFailed(TopicPartition partition, ClientException error) {
                // Nobody waits for it.
            }
        };
    }
}
