package io.millrace.streams.errors;

import io.millrace.streams.header.Headers;
import io.millrace.streams.processor.TaskId;
import org.jspecify.annotations.Nullable;

/**
 * Where an error happened.
 *
 * @param topic source topic of the record at work, or null in a punctuation
 * @param partition source partition, -1 in a punctuation
 * @param offset offset of the record, -1 in a punctuation
 * @param headers headers of the source record
 * @param processorNodeId name of the node at work
 * @param sourceRawKey key as read from the topic
 * @param sourceRawValue value as read from the topic
 */
public record ErrorHandlerContext(
        @Nullable String topic,
        int partition,
        long offset,
        Headers headers,
        String processorNodeId,
        TaskId taskId,
        byte @Nullable [] sourceRawKey,
        byte @Nullable [] sourceRawValue) {}
