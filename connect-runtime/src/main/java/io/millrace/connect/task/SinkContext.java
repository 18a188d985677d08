package io.millrace.connect.task;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.Consumer;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.errors.IllegalWorkerStateException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.jspecify.annotations.Nullable;

/**
 * What a sink task may ask of the worker. Wishes (seek, timeout, commit) are kept until the runner
 * looks. Tasks may call it from threads of their own, so seeks, timeout and commit wishes are
 * guarded by being volatile or copied; pause and resume belong to the task's thread, as in Kafka
 * Connect.
 */
final class SinkContext implements SinkTaskContext {
    private final Map<String, String> configs;
    private final Consumer<byte[], byte[]> consumer;
    private final PluginMetrics metrics;
    private final @Nullable ErrantRecordReporter reporter;
    private final Map<TopicPartition, Long> seeks = new java.util.concurrent.ConcurrentHashMap<>();
    private final Set<TopicPartition> paused = new HashSet<>();
    private volatile long timeoutMs = -1;
    private volatile boolean commitRequested;
    private boolean workerPaused;

    SinkContext(
            Map<String, String> configs,
            Consumer<byte[], byte[]> consumer,
            PluginMetrics metrics,
            @Nullable ErrantRecordReporter reporter) {
        this.configs = configs;
        this.consumer = consumer;
        this.metrics = metrics;
        this.reporter = reporter;
    }

    @Override
    public Map<String, String> configs() {
        return configs;
    }

    @Override
    public void offset(Map<org.apache.kafka.common.TopicPartition, Long> offsets) {
        offsets.forEach(this::offset);
    }

    @Override
    public void offset(org.apache.kafka.common.TopicPartition partition, long offset) {
        seeks.put(Partitions.ours(partition), offset);
    }

    @Override
    public void timeout(long ms) {
        timeoutMs = ms;
    }

    @Override
    public Set<org.apache.kafka.common.TopicPartition> assignment() {
        return Collections.unmodifiableSet(new HashSet<>(Partitions.api(consumer.assignment())));
    }

    @Override
    public void pause(org.apache.kafka.common.TopicPartition... partitions) {
        List<TopicPartition> ours = assigned(partitions, "pause");
        paused.addAll(ours);
        if (!workerPaused) {
            consumer.pause(ours);
        }
    }

    @Override
    public void resume(org.apache.kafka.common.TopicPartition... partitions) {
        List<TopicPartition> ours = assigned(partitions, "resume");
        ours.forEach(paused::remove);
        if (!workerPaused) {
            consumer.resume(ours);
        }
    }

    private List<TopicPartition> assigned(
            org.apache.kafka.common.TopicPartition[] partitions, String what) {
        List<TopicPartition> ours =
                java.util.Arrays.stream(partitions).map(Partitions::ours).toList();
        for (TopicPartition partition : ours) {
            if (!consumer.assignment().contains(partition)) {
                throw new IllegalWorkerStateException(
                        "cannot " + what + " " + partition + ": it is not assigned to this task");
            }
        }
        return ours;
    }

    @Override
    public void requestCommit() {
        commitRequested = true;
    }

    @Override
    public @Nullable ErrantRecordReporter errantRecordReporter() {
        return reporter;
    }

    @Override
    public PluginMetrics pluginMetrics() {
        return metrics;
    }

    /** The wait that the task asked for, once; -1 for none. */
    long takeTimeout() {
        long taken = timeoutMs;
        timeoutMs = -1;
        return taken;
    }

    boolean takeCommitRequest() {
        boolean taken = commitRequested;
        commitRequested = false;
        return taken;
    }

    Map<TopicPartition, Long> takeSeeks() {
        Map<TopicPartition, Long> taken = new HashMap<>(seeks);
        taken.forEach(seeks::remove);
        return taken;
    }

    /** All partitions stand still, whatever the task asked for. */
    void workerPauses() {
        workerPaused = true;
        consumer.pause(consumer.assignment());
    }

    /** Back to what the task asked for. */
    void workerResumes() {
        workerPaused = false;
        Set<TopicPartition> running = new HashSet<>(consumer.assignment());
        running.removeAll(paused);
        consumer.resume(running);
    }

    boolean workerPaused() {
        return workerPaused;
    }

    void forget(java.util.Collection<TopicPartition> partitions) {
        paused.removeAll(partitions);
        partitions.forEach(seeks::remove);
    }
}
