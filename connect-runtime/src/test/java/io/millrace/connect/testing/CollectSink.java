package io.millrace.connect.testing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** Keeps the values it is given, for the test to see. */
public final class CollectSink extends SinkConnector {
    private Map<String, String> config = Map.of();

    @Override
    public String version() {
        return "1.2.3";
    }

    @Override
    public void start(Map<String, String> given) {
        config = given;
    }

    @Override
    public Class<? extends Task> taskClass() {
        return CollectTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return Collections.nCopies(maxTasks, config);
    }

    @Override
    public void stop() {}

    @Override
    public ConfigDef config() {
        return new ConfigDef();
    }

    /** The task. */
    public static final class CollectTask extends SinkTask {
        private Probe probe;

        @Override
        public String version() {
            return "1.2.3";
        }

        @Override
        public void start(Map<String, String> config) {
            probe = Probe.of(config.get("name"));
            probe.starts.incrementAndGet();
            probe.onStart.run();
        }

        @Override
        public void open(Collection<TopicPartition> partitions) {
            probe.opened.addAll(partitions);
            probe.calls.add("open");
        }

        @Override
        public void put(Collection<SinkRecord> records) {
            probe.putCalls.incrementAndGet();
            List<SinkRecord> list = new ArrayList<>(records);
            for (SinkRecord record : list) {
                if ("errant".equals(record.value())) {
                    context.errantRecordReporter()
                            .report(record, new IllegalArgumentException("errant indeed"));
                }
            }
            probe.onPut.accept(list);
            list.forEach(record -> probe.put.add(record.value()));
        }

        @Override
        public Map<TopicPartition, OffsetAndMetadata> preCommit(
                Map<TopicPartition, OffsetAndMetadata> offsets) {
            probe.onPreCommit.run();
            probe.calls.add("preCommit");
            return offsets;
        }

        @Override
        public void close(Collection<TopicPartition> partitions) {
            probe.calls.add("close");
        }

        @Override
        public void stop() {
            probe.calls.add("stop");
        }
    }
}
