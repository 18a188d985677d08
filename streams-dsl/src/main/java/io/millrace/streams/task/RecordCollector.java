package io.millrace.streams.task;

import io.millrace.streams.header.Headers;
import org.jspecify.annotations.Nullable;

/** Takes the records a task writes to topics. */
public interface RecordCollector {
    /** Number of partitions of an output topic. */
    int partitionCount(String topic);

    void send(Output output);

    /**
     * A record to write.
     *
     * @param topic name in the cluster
     * @param partition null lets the key's hash choose
     * @param internal whether it goes to another task of this application
     */
    record Output(
            String topic,
            @Nullable Integer partition,
            long timestamp,
            byte @Nullable [] key,
            byte @Nullable [] value,
            @Nullable Headers headers,
            boolean internal) {}
}
