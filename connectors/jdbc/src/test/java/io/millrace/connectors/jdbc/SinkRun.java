package io.millrace.connectors.jdbc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;

/** Drives one sink task as a worker does; numbers offsets per topic. */
final class SinkRun implements AutoCloseable {
    private final JdbcSinkTask task = new JdbcSinkTask();
    private final Map<String, Long> nextOffsets = new HashMap<>();
    private final Context context;

    SinkRun(Map<String, String> config, boolean reportsBadRecords) {
        this.context = new Context(config, reportsBadRecords);
        task.initialize(context);
        task.start(config);
    }

    JdbcSinkTask task() {
        return task;
    }

    List<SinkRecord> badRecords() {
        return context.bad;
    }

    List<Throwable> badRecordCauses() {
        return context.causes;
    }

    Map<TopicPartition, Long> seeks() {
        return context.seeks;
    }

    void put(SinkRecord... records) {
        task.put(List.of(records));
    }

    SinkRecord record(String topic, Schema keySchema, Object key, Schema schema, Object value) {
        return record(topic, keySchema, key, schema, value, List.of());
    }

    SinkRecord record(
            String topic,
            Schema keySchema,
            Object key,
            Schema schema,
            Object value,
            Iterable<Header> headers) {
        long offset = nextOffsets.merge(topic, 1L, Long::sum) - 1;
        return new SinkRecord(
                topic,
                0,
                keySchema,
                key,
                schema,
                value,
                offset,
                0L,
                TimestampType.CREATE_TIME,
                headers);
    }

    /** A schemaless record, as a JSON converter gives. */
    SinkRecord json(String topic, Map<String, ?> key, Map<String, ?> value) {
        return record(topic, null, key, null, value);
    }

    @Override
    public void close() {
        task.stop();
    }

    private static final class Context implements SinkTaskContext {
        private final Map<String, String> config;
        private final boolean reports;
        private final List<SinkRecord> bad = new ArrayList<>();
        private final List<Throwable> causes = new ArrayList<>();
        private final Map<TopicPartition, Long> seeks = new HashMap<>();

        Context(Map<String, String> config, boolean reports) {
            this.config = config;
            this.reports = reports;
        }

        @Override
        public Map<String, String> configs() {
            return config;
        }

        @Override
        public void offset(Map<TopicPartition, Long> offsets) {
            seeks.putAll(offsets);
        }

        @Override
        public void offset(TopicPartition partition, long offset) {
            seeks.put(partition, offset);
        }

        @Override
        public void timeout(long timeoutMs) {}

        @Override
        public Set<TopicPartition> assignment() {
            return Set.of();
        }

        @Override
        public void pause(TopicPartition... partitions) {}

        @Override
        public void resume(TopicPartition... partitions) {}

        @Override
        public void requestCommit() {}

        @Override
        public ErrantRecordReporter errantRecordReporter() {
            if (!reports) {
                return null;
            }
            return (record, error) -> {
                bad.add(record);
                causes.add(error);
                return CompletableFuture.completedFuture(null);
            };
        }

        @Override
        public PluginMetrics pluginMetrics() {
            throw new UnsupportedOperationException();
        }
    }
}
