package io.millrace.clients.consumer;

import io.millrace.clients.Headers;
import io.millrace.clients.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A record as it was read.
 *
 * @param topicPartition shared by all records of the partition
 * @param offset absolute, in the partition's log
 * @param timestampMs milliseconds since the Unix epoch
 */
public record ConsumerRecord<K, V>(
        TopicPartition topicPartition,
        long offset,
        long timestampMs,
        TimestampType timestampType,
        @Nullable K key,
        @Nullable V value,
        Headers headers) {
    public String topic() {
        return topicPartition.topic();
    }

    public int partition() {
        return topicPartition.partition();
    }
}
