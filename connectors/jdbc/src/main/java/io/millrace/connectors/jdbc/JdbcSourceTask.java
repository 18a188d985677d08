package io.millrace.connectors.jdbc;

import io.millrace.connectors.jdbc.source.SourceConfig;
import io.millrace.connectors.jdbc.source.SourceSession;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;

/** Reads its share of the tables; see {@link SourceSession}. */
public final class JdbcSourceTask extends SourceTask {
    private volatile @Nullable SourceSession session;

    @Override
    public String version() {
        return PluginVersion.read();
    }

    @Override
    public void start(Map<String, String> properties) {
        session =
                new SourceSession(
                        SourceConfig.parse(properties),
                        SourceSession.decode(
                                properties.getOrDefault(JdbcSourceConnector.TASK_TABLES, "")),
                        context.offsetStorageReader(),
                        Clock.systemUTC());
    }

    @Override
    public @Nullable List<SourceRecord> poll() throws InterruptedException {
        SourceSession running = session;
        return running == null ? null : running.poll();
    }

    @Override
    public void stop() {
        SourceSession running = session;
        if (running != null) {
            running.stop();
        }
    }
}
