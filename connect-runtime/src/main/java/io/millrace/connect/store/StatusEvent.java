package io.millrace.connect.store;

import org.jspecify.annotations.Nullable;

/** One record of the status topic, by its meaning; a null value removes the key. */
public sealed interface StatusEvent {

    /** Key {@code status-connector-N}. */
    record OfConnector(String connector, @Nullable Status status) implements StatusEvent {}

    /** Key {@code status-task-N-i}. */
    record OfTask(TaskId id, @Nullable Status status) implements StatusEvent {}

    /** Key {@code status-topic-T:connector-N}: the connector was seen using the topic. */
    record OfTopic(String topic, String connector, @Nullable TopicUse use) implements StatusEvent {}

    /** First use of a topic by a task; time in ms since the Unix epoch. */
    record TopicUse(int task, long discoveredMs) {}

    /** A key of some newer kind. */
    record Other(String key) implements StatusEvent {}
}
