package io.millrace.connect.task;

import io.millrace.clients.consumer.Consumer;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;

/**
 * What one sink task is made of. The runner closes consumer, transforms, converters and dead
 * letters.
 *
 * @param config of the task, secrets resolved
 * @param topics to read; empty when {@code pattern} is given
 * @param commitIntervalMs between two commits of offsets
 * @param reportsErrant whether the task gets a reporter for refused records
 * @param release what else to close at the end
 */
public record SinkParts(
        SinkTask task,
        ClassLoader loader,
        Map<String, String> config,
        List<String> topics,
        @Nullable Pattern pattern,
        TransformChain<SinkRecord> transforms,
        Converters converters,
        ErrorPolicy errors,
        Consumer<byte[], byte[]> consumer,
        @Nullable DeadLetters deadLetters,
        boolean reportsErrant,
        long commitIntervalMs,
        PluginMetrics metrics,
        AutoCloseable release) {}
