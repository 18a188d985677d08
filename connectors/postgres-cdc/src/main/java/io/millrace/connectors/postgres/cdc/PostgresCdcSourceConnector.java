package io.millrace.connectors.postgres.cdc;

import io.millrace.connectors.postgres.cdc.capture.ServerChecks;
import io.millrace.connectors.postgres.cdc.config.CdcConfig;
import io.millrace.connectors.postgres.cdc.config.CdcKeys;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;

/** Captures the changes of one PostgreSQL database with one task. */
public final class PostgresCdcSourceConnector extends SourceConnector {
    private Map<String, String> properties = Map.of();

    @Override
    public String version() {
        return PluginVersion.read();
    }

    @Override
    public ConfigDef config() {
        return CdcKeys.definition();
    }

    @Override
    public Class<? extends Task> taskClass() {
        return PostgresCdcSourceTask.class;
    }

    @Override
    public void start(Map<String, String> configuration) {
        properties = Map.copyOf(configuration);
    }

    @Override
    public List<Map<String, String>> taskConfigs(int maxTasks) {
        return List.of(properties);
    }

    @Override
    public void stop() {
        properties = Map.of();
    }

    /** The keys one by one; if they are in order, what the server has to say about them. */
    @Override
    public Config validate(Map<String, String> configuration) {
        Config result = super.validate(configuration);
        boolean sound =
                result.configValues().stream().allMatch(value -> value.errorMessages().isEmpty());
        if (!sound) {
            return result;
        }
        try {
            CdcConfig config = CdcConfig.parse(configuration);
            for (ServerChecks.Problem problem : new ServerChecks(config).run()) {
                add(result, problem.key(), problem.text());
            }
        } catch (ConfigException e) {
            add(result, CdcKeys.TABLE_INCLUDE, String.valueOf(e.getMessage()));
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

    /** Positions are stored with the records, so the worker's transactions make them exact. */
    @Override
    public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> configuration) {
        return ExactlyOnceSupport.SUPPORTED;
    }

    /** Any offset that names a position is taken; others are refused. */
    @Override
    public boolean alterOffsets(
            Map<String, String> configuration, Map<Map<String, ?>, Map<String, ?>> offsets) {
        for (Map.Entry<Map<String, ?>, Map<String, ?>> entry : offsets.entrySet()) {
            if (!entry.getKey().containsKey("server")) {
                throw new ConfigException(
                        "partition " + entry.getKey() + " has no \"server\" (the topic.prefix)");
            }
            if (entry.getValue() != null) {
                OffsetCheck.require(entry.getValue());
            }
        }
        return true;
    }
}
