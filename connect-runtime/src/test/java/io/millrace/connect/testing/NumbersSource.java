package io.millrace.connect.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/** Emits 0, 1, 2, … to a topic and remembers the last one as its offset. */
public final class NumbersSource extends SourceConnector {
    private Map<String, String> config = Map.of();

    @Override
    public String version() {
        return "1.2.3";
    }

    @Override
    public void start(Map<String, String> given) {
        config = given;
        Probe.of(given.get("name")).calls.add("connector.start");
    }

    @Override
    public Class<? extends Task> taskClass() {
        return NumbersTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        List<Map<String, String>> tasks = new ArrayList<>();
        int wanted = Integer.parseInt(config.getOrDefault("tasks.wanted", "" + maxTasks));
        for (int i = 0; i < wanted; i++) {
            Map<String, String> task = new HashMap<>(config);
            task.put("part", "" + i);
            tasks.add(task);
        }
        return tasks;
    }

    @Override
    public void stop() {
        Probe.of(config.getOrDefault("name", "?")).calls.add("connector.stop");
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef()
                .define("topic", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "where to")
                .define(
                        "count",
                        ConfigDef.Type.LONG,
                        Long.MAX_VALUE,
                        ConfigDef.Range.atLeast(0),
                        ConfigDef.Importance.LOW,
                        "how many")
                .define(
                        "secret",
                        ConfigDef.Type.PASSWORD,
                        "",
                        ConfigDef.Importance.LOW,
                        "not shown");
    }

    @Override
    public boolean alterOffsets(
            Map<String, String> connectorConfig, Map<Map<String, ?>, Map<String, ?>> offsets) {
        return true;
    }

    /** The task. */
    public static final class NumbersTask extends SourceTask {
        private static final int BATCH = 10;
        private Probe probe;
        private String topic;
        private Map<String, String> partition;
        private long next;
        private long count;

        @Override
        public String version() {
            return "1.2.3";
        }

        @Override
        public void start(Map<String, String> config) {
            probe = Probe.of(config.get("name"));
            probe.config = config;
            topic = config.get("topic");
            count = Long.parseLong(config.getOrDefault("count", "" + Long.MAX_VALUE));
            partition = Map.of("part", config.getOrDefault("part", "0"));
            Map<String, Object> offset = context.offsetStorageReader().offset(partition);
            next = offset == null ? 0 : (Long) offset.get("n") + 1;
            probe.startedFrom = next;
            probe.starts.incrementAndGet();
            probe.onStart.run();
        }

        @Override
        public List<SourceRecord> poll() throws InterruptedException {
            probe.onPoll.run();
            if (next >= count) {
                Thread.sleep(20);
                return null;
            }
            List<SourceRecord> records = new ArrayList<>();
            for (int i = 0; i < BATCH && next < count; i++, next++) {
                records.add(
                        new SourceRecord(
                                partition,
                                Map.of("n", next),
                                topic,
                                Schema.INT64_SCHEMA,
                                next,
                                Schema.STRING_SCHEMA,
                                "v" + next));
            }
            Thread.sleep(1);
            return records;
        }

        @Override
        public void commitRecord(SourceRecord record, RecordMetadata metadata) {
            probe.committedRecords.add(record.sourceOffset().get("n"));
        }

        @Override
        public void commit() {
            probe.commits.incrementAndGet();
        }

        @Override
        public void stop() {
            probe.calls.add("task.stop");
        }
    }
}
