package io.millrace.connectors.postgres.cdc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;

/** Drives one task as a worker does: start, poll, acknowledge, store offsets, stop. */
final class TaskRun implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final PostgresCdcSourceTask task = new PostgresCdcSourceTask();
    private final List<SourceRecord> received = new ArrayList<>();
    private final Map<String, Object> offset = new HashMap<>();
    private int acknowledged;

    /** {@code storedOffset} is what an earlier run left, empty for none. */
    TaskRun(Map<String, String> config, Map<String, Object> storedOffset) {
        offset.putAll(storedOffset);
        task.initialize(new Context(config, storedOffset));
        task.start(config);
    }

    PostgresCdcSourceTask task() {
        return task;
    }

    List<SourceRecord> received() {
        return received;
    }

    /** Polls until there are {@code count} records in all. */
    List<SourceRecord> receive(int count) throws InterruptedException {
        return receiveUntil(records -> records.size() >= count);
    }

    List<SourceRecord> receiveUntil(Predicate<List<SourceRecord>> enough)
            throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!enough.test(received)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("after " + LIMIT + " only " + describe(received));
            }
            List<SourceRecord> batch = task.poll();
            if (batch != null) {
                received.addAll(batch);
            }
        }
        return received;
    }

    /** One poll's worth of nothing: fails when a record arrives within a few polls. */
    void expectSilence() throws InterruptedException {
        int before = received.size();
        for (int i = 0; i < 6; i++) {
            List<SourceRecord> batch = task.poll();
            if (batch != null) {
                received.addAll(batch);
            }
        }
        if (received.size() > before) {
            throw new AssertionError(
                    "unexpected " + describe(received.subList(before, received.size())));
        }
    }

    /** Acknowledges the first {@code count} records received, in order, and stores their offset. */
    TaskRun acknowledge(int count) {
        for (; acknowledged < count; acknowledged++) {
            SourceRecord record = received.get(acknowledged);
            task.commitRecord(record, null);
            offset.clear();
            record.sourceOffset().forEach((key, value) -> offset.put(key, value));
        }
        return this;
    }

    TaskRun acknowledgeAll() {
        return acknowledge(received.size());
    }

    /** The stored offset, as it comes back from JSON. */
    Map<String, Object> offset() {
        return new HashMap<>(offset);
    }

    @Override
    public void close() {
        task.stop();
    }

    static String op(SourceRecord record) {
        return record.value() == null ? "tombstone" : ((Struct) record.value()).getString("op");
    }

    static Struct after(SourceRecord record) {
        return ((Struct) record.value()).getStruct("after");
    }

    static Struct before(SourceRecord record) {
        return ((Struct) record.value()).getStruct("before");
    }

    static Struct key(SourceRecord record) {
        return (Struct) record.key();
    }

    static List<String> describe(List<SourceRecord> records) {
        return records.stream().map(record -> op(record) + " " + record.key()).toList();
    }

    private record Context(Map<String, String> configs, Map<String, Object> stored)
            implements SourceTaskContext {
        @Override
        public OffsetStorageReader offsetStorageReader() {
            return new OffsetStorageReader() {
                @Override
                public <T> Map<String, Object> offset(Map<String, T> partition) {
                    return stored.isEmpty() ? null : stored;
                }

                @Override
                public <T> Map<Map<String, T>, Map<String, Object>> offsets(
                        Collection<Map<String, T>> partitions) {
                    Map<Map<String, T>, Map<String, Object>> all = new HashMap<>();
                    partitions.forEach(partition -> all.put(partition, offset(partition)));
                    return all;
                }
            };
        }

        @Override
        public org.apache.kafka.common.metrics.PluginMetrics pluginMetrics() {
            throw new UnsupportedOperationException();
        }
    }
}
