package io.millrace.broker.group;

/** A partition by name, as group offsets refer to it. */
public record TopicPartitionKey(String topic, int partition) {}
