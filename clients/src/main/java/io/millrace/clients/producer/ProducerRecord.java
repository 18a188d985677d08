package io.millrace.clients.producer;

import io.millrace.clients.Headers;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A record to send.
 *
 * @param partition where to; null lets the producer choose: by the key's hash, or without a key the
 *     partition whose batch is filling
 * @param timestampMs milliseconds since the Unix epoch; null means when {@code send} is called
 */
public record ProducerRecord<K, V>(
        String topic,
        @Nullable Integer partition,
        @Nullable Long timestampMs,
        @Nullable K key,
        @Nullable V value,
        Headers headers) {
    public ProducerRecord {
        Objects.requireNonNull(topic, "topic");
        Objects.requireNonNull(headers, "headers");
        if (partition != null && partition < 0) {
            throw new IllegalArgumentException(topic + ": partition " + partition + " is negative");
        }
        if (timestampMs != null && timestampMs < 0) {
            throw new IllegalArgumentException(
                    topic + ": timestamp " + timestampMs + " is negative");
        }
    }

    public ProducerRecord(String topic, @Nullable K key, @Nullable V value) {
        this(topic, null, null, key, value, Headers.EMPTY);
    }

    public ProducerRecord(String topic, @Nullable V value) {
        this(topic, null, null, null, value, Headers.EMPTY);
    }
}
