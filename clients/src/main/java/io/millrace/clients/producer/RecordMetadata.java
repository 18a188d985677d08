package io.millrace.clients.producer;

import io.millrace.clients.TopicPartition;
import java.util.OptionalLong;

/**
 * Where an acknowledged record went.
 *
 * @param offset empty with {@code acks=0}, where nobody says
 * @param timestampMs the record's own time, or the broker's if the topic stamps records on append
 */
public record RecordMetadata(TopicPartition partition, OptionalLong offset, long timestampMs) {
    @Override
    public String toString() {
        return partition + "@" + (offset.isPresent() ? offset.getAsLong() : "?");
    }
}
