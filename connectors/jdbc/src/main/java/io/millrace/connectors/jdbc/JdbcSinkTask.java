package io.millrace.connectors.jdbc;

import io.millrace.connectors.jdbc.sink.SinkConfig;
import io.millrace.connectors.jdbc.sink.SinkSession;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;

/** Writes the records of its partitions to tables; see {@link SinkSession}. */
public final class JdbcSinkTask extends SinkTask {
    private @Nullable SinkSession session;

    @Override
    public String version() {
        return PluginVersion.read();
    }

    @Override
    public void start(Map<String, String> properties) {
        session = new SinkSession(SinkConfig.parse(properties), context);
    }

    @Override
    public void open(Collection<TopicPartition> partitions) {
        if (session != null) {
            session.open(partitions);
        }
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        if (session != null && !records.isEmpty()) {
            session.put(records);
        }
    }

    @Override
    public void stop() {
        if (session != null) {
            session.close();
            session = null;
        }
    }
}
