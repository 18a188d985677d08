package io.millrace.streams.task;

import io.millrace.streams.header.Headers;
import org.jspecify.annotations.Nullable;

/** A record as it came from a topic. */
public record RawRecord(
        String topic,
        int partition,
        long offset,
        long timestamp,
        byte @Nullable [] key,
        byte @Nullable [] value,
        @Nullable Headers headers) {}
