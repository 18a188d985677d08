package io.millrace.connect.task;

import io.millrace.clients.producer.Producer;
import java.util.Map;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;

/**
 * What one source task is made of. The runner closes producer, transforms, converters and topic
 * creation.
 *
 * @param config of the task, secrets resolved
 * @param topicCreation null when brokers create topics
 * @param release what else to close at the end
 */
public record SourceParts(
        SourceTask task,
        ClassLoader loader,
        Map<String, String> config,
        TransformChain<SourceRecord> transforms,
        Converters converters,
        ErrorPolicy errors,
        Producer<byte[], byte[]> producer,
        @Nullable TopicCreation topicCreation,
        OffsetStore offsets,
        OffsetTiming timing,
        PluginMetrics metrics,
        AutoCloseable release) {

    /**
     * @param intervalMs between two commits of offsets
     * @param timeoutMs for one commit
     */
    public record OffsetTiming(long intervalMs, long timeoutMs) {}
}
