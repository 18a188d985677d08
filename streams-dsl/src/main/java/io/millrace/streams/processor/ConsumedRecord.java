package io.millrace.streams.processor;

import io.millrace.streams.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * A record as read from its topic, key and value deserialised.
 *
 * @param timestamp the timestamp it carries, in milliseconds; -1 if none
 */
public record ConsumedRecord(
        String topic,
        int partition,
        long offset,
        long timestamp,
        @Nullable Object key,
        @Nullable Object value,
        Headers headers) {}
