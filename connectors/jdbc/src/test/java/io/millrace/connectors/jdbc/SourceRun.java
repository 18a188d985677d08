package io.millrace.connectors.jdbc;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceConnectorContext;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;

/** Drives connector and its one task as a worker does, with stored offsets. */
final class SourceRun implements AutoCloseable {
    private final JdbcSourceConnector connector = new JdbcSourceConnector();
    private final JdbcSourceTask task = new JdbcSourceTask();
    private final Map<Map<String, ?>, Map<String, Object>> offsets;
    private final List<SourceRecord> received = new ArrayList<>();

    /** {@code offsets} is read at start; {@link #acknowledge} writes it. */
    SourceRun(Map<String, String> config, Map<Map<String, ?>, Map<String, Object>> offsets) {
        this.offsets = offsets;
        connector.initialize(new ConnectorContext());
        connector.start(config);
        List<Map<String, String>> tasks = connector.taskConfigs(1);
        task.initialize(new TaskContext());
        task.start(tasks.get(0));
    }

    /** Polls until there are {@code count} records in all. */
    List<SourceRecord> receive(int count) throws InterruptedException {
        for (int polls = 0; received.size() < count; polls++) {
            if (polls > 2000) {
                throw new AssertionError("only " + received.size() + " records: " + received);
            }
            poll();
        }
        return received;
    }

    List<SourceRecord> poll() throws InterruptedException {
        List<SourceRecord> batch = task.poll();
        if (batch != null) {
            received.addAll(batch);
        }
        return batch;
    }

    void acknowledge(int count) {
        for (SourceRecord record : received.subList(0, count)) {
            offsets.put(record.sourcePartition(), new HashMap<>(record.sourceOffset()));
        }
    }

    static List<Object> column(List<SourceRecord> records, String name) {
        return records.stream().map(record -> ((Struct) record.value()).get(name)).toList();
    }

    @Override
    public void close() {
        task.stop();
        connector.stop();
    }

    private final class Reader implements OffsetStorageReader {
        @Override
        public <T> Map<String, Object> offset(Map<String, T> partition) {
            return offsets.get(partition);
        }

        @Override
        public <T> Map<Map<String, T>, Map<String, Object>> offsets(
                Collection<Map<String, T>> partitions) {
            throw new UnsupportedOperationException();
        }
    }

    private final class TaskContext implements SourceTaskContext {
        @Override
        public Map<String, String> configs() {
            return Map.of();
        }

        @Override
        public OffsetStorageReader offsetStorageReader() {
            return new Reader();
        }

        @Override
        public PluginMetrics pluginMetrics() {
            throw new UnsupportedOperationException();
        }
    }

    private final class ConnectorContext implements SourceConnectorContext {
        @Override
        public OffsetStorageReader offsetStorageReader() {
            return new Reader();
        }

        @Override
        public void requestTaskReconfiguration() {}

        @Override
        public void raiseError(Exception e) {
            throw new IllegalStateException(e);
        }

        @Override
        public PluginMetrics pluginMetrics() {
            throw new UnsupportedOperationException();
        }
    }
}
