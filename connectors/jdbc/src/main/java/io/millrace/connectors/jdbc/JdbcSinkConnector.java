package io.millrace.connectors.jdbc;

import io.millrace.connectors.jdbc.sink.SinkConfig;
import io.millrace.connectors.jdbc.sink.SinkKeys;
import io.millrace.connectors.jdbc.sql.ConnectionCheck;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** Writes topics to PostgreSQL tables. Any number of tasks; each owns its partitions. */
public final class JdbcSinkConnector extends SinkConnector {
    private Map<String, String> properties = Map.of();

    @Override
    public String version() {
        return PluginVersion.read();
    }

    @Override
    public ConfigDef config() {
        return SinkKeys.definition();
    }

    @Override
    public Class<? extends Task> taskClass() {
        return JdbcSinkTask.class;
    }

    @Override
    public void start(Map<String, String> configuration) {
        properties = Map.copyOf(configuration);
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return Collections.nCopies(maxTasks, properties);
    }

    @Override
    public void stop() {
        properties = Map.of();
    }

    /** The keys one by one, then together, then whether the database can be reached. */
    @Override
    public Config validate(Map<String, String> configuration) {
        Config result = super.validate(configuration);
        boolean sound =
                result.configValues().stream().allMatch(value -> value.errorMessages().isEmpty());
        if (sound) {
            try {
                SinkConfig config = SinkConfig.parse(configuration);
                ConnectionCheck.problem(config.address())
                        .ifPresent(problem -> add(result, SinkKeys.URL, problem));
            } catch (ConfigException e) {
                add(result, keyOf(e), String.valueOf(e.getMessage()));
            }
        }
        return result;
    }

    /** Kafka's exception keeps the key in its text only: "Invalid value x for configuration y". */
    private static String keyOf(ConfigException e) {
        String message = String.valueOf(e.getMessage());
        return SinkKeys.definition().names().stream()
                .filter(name -> message.contains("for configuration " + name + ":"))
                .findFirst()
                .orElse(SinkKeys.URL);
    }

    private static void add(Config result, String key, String problem) {
        for (ConfigValue value : result.configValues()) {
            if (value.name().equals(key)) {
                value.addErrorMessage(problem);
            }
        }
    }
}
