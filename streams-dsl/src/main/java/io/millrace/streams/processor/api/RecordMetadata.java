package io.millrace.streams.processor.api;

/** Where the record at work was read. */
public record RecordMetadata(String topic, int partition, long offset) {}
