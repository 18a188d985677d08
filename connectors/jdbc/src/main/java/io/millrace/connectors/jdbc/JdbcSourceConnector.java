package io.millrace.connectors.jdbc;

import io.millrace.connectors.jdbc.source.SourceConfig;
import io.millrace.connectors.jdbc.source.SourceKeys;
import io.millrace.connectors.jdbc.source.SourceSession;
import io.millrace.connectors.jdbc.source.TableMonitor;
import io.millrace.connectors.jdbc.sql.ConnectionCheck;
import io.millrace.connectors.jdbc.sql.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.util.ConnectorUtils;
import org.jspecify.annotations.Nullable;

/** Reads PostgreSQL tables by query, shared out among tasks by table. */
public final class JdbcSourceConnector extends SourceConnector {
    static final String TASK_TABLES = "millrace.tables";

    private Map<String, String> properties = Map.of();
    private @Nullable TableMonitor monitor;

    @Override
    public String version() {
        return PluginVersion.read();
    }

    @Override
    public ConfigDef config() {
        return SourceKeys.definition();
    }

    @Override
    public Class<? extends Task> taskClass() {
        return JdbcSourceTask.class;
    }

    @Override
    public void start(Map<String, String> configuration) {
        properties = Map.copyOf(configuration);
        SourceConfig parsed = SourceConfig.parse(configuration);
        if (parsed.query().isEmpty()) {
            monitor = TableMonitor.start(parsed, () -> context().requestTaskReconfiguration());
        }
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        if (monitor == null) {
            return List.of(properties);
        }
        List<TableName> tables = monitor.tables();
        List<Map<String, String>> tasks = new ArrayList<>();
        if (tables.isEmpty()) {
            return tasks;
        }
        int groups = Math.min(maxTasks, tables.size());
        for (List<TableName> group : ConnectorUtils.groupPartitions(tables, groups)) {
            Map<String, String> task = new HashMap<>(properties);
            task.put(TASK_TABLES, SourceSession.encode(group));
            tasks.add(task);
        }
        return tasks;
    }

    @Override
    public void stop() {
        if (monitor != null) {
            monitor.close();
            monitor = null;
        }
    }

    @Override
    public Config validate(Map<String, String> configuration) {
        Config result = super.validate(configuration);
        boolean sound =
                result.configValues().stream().allMatch(value -> value.errorMessages().isEmpty());
        if (sound) {
            try {
                SourceConfig parsed = SourceConfig.parse(configuration);
                ConnectionCheck.problem(parsed.address())
                        .ifPresent(problem -> add(result, SourceKeys.URL, problem));
            } catch (ConfigException e) {
                add(result, SourceKeys.MODE, String.valueOf(e.getMessage()));
            }
        }
        return result;
    }

    private static void add(Config result, String key, String problem) {
        for (ConfigValue value : result.configValues()) {
            if (value.name().equals(key)) {
                value.addErrorMessage(problem);
            }
        }
    }

    /** Offsets are per record; a bulk reading has none and starts over. */
    @Override
    public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> configuration) {
        return "bulk".equals(configuration.get(SourceKeys.MODE))
                ? ExactlyOnceSupport.UNSUPPORTED
                : ExactlyOnceSupport.SUPPORTED;
    }
}
