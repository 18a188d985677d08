package io.millrace.connectors.jdbc.sink;

import io.millrace.connectors.jdbc.sql.ConnectionAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;

/** The sink's configuration, checked; made once per validate or task. */
public record SinkConfig(
        String connectorName,
        ConnectionAddress address,
        InsertMode insertMode,
        KeyMode keyMode,
        List<String> keyFields,
        boolean deleteEnabled,
        boolean autoCreate,
        boolean autoEvolve,
        String tableNameFormat,
        int batchSize,
        Set<String> fieldsWhitelist,
        int maxRetries,
        long retryBackoffMs,
        EnvelopeMode envelope,
        String placeholder,
        boolean offsetsInTarget) {

    /** How rows are written. */
    public enum InsertMode {
        INSERT,
        UPSERT,
        UPDATE
    }

    /** Where a row's key comes from. */
    public enum KeyMode {
        NONE,
        KAFKA,
        RECORD_KEY,
        RECORD_VALUE
    }

    /** Whether values are change events. */
    public enum EnvelopeMode {
        AUTO,
        NONE,
        DEBEZIUM
    }

    public SinkConfig {
        keyFields = List.copyOf(keyFields);
        fieldsWhitelist = Set.copyOf(fieldsWhitelist);
        if (insertMode != InsertMode.INSERT && keyMode == KeyMode.NONE) {
            throw new ConfigException(
                    SinkKeys.PK_MODE,
                    "none",
                    "insert.mode="
                            + insertMode.name().toLowerCase(Locale.ROOT)
                            + " needs a key: set pk.mode to record_key, record_value or kafka");
        }
        if (deleteEnabled && keyMode != KeyMode.RECORD_KEY) {
            throw new ConfigException(
                    SinkKeys.DELETE_ENABLED,
                    "true",
                    "a delete names its row by the record's key: set pk.mode=record_key");
        }
        if (keyMode == KeyMode.RECORD_VALUE && keyFields.isEmpty()) {
            throw new ConfigException(
                    SinkKeys.PK_FIELDS, "", "pk.mode=record_value needs the key fields' names");
        }
        if (keyMode == KeyMode.KAFKA && !keyFields.isEmpty() && keyFields.size() != 3) {
            throw new ConfigException(
                    SinkKeys.PK_FIELDS,
                    keyFields,
                    "pk.mode=kafka takes three names: for topic, partition and offset");
        }
    }

    public static SinkConfig parse(Map<String, String> properties) {
        AbstractConfig config = new AbstractConfig(SinkKeys.definition(), properties, false);
        KeyMode keyMode = KeyMode.valueOf(upper(config, SinkKeys.PK_MODE));
        String delete = config.getString(SinkKeys.DELETE_ENABLED);
        return new SinkConfig(
                properties.getOrDefault("name", "jdbc-sink"),
                ConnectionAddress.parse(
                        SinkKeys.URL,
                        config.getString(SinkKeys.URL),
                        config.getString(SinkKeys.USER),
                        config.getPassword(SinkKeys.PASSWORD).value()),
                InsertMode.valueOf(upper(config, SinkKeys.INSERT_MODE)),
                keyMode,
                names(config, SinkKeys.PK_FIELDS),
                delete.equals("true") || delete.equals("auto") && keyMode == KeyMode.RECORD_KEY,
                config.getBoolean(SinkKeys.AUTO_CREATE),
                config.getBoolean(SinkKeys.AUTO_EVOLVE),
                config.getString(SinkKeys.TABLE_NAME_FORMAT),
                config.getInt(SinkKeys.BATCH_SIZE),
                new HashSet<>(names(config, SinkKeys.FIELDS_WHITELIST)),
                config.getInt(SinkKeys.MAX_RETRIES),
                config.getLong(SinkKeys.RETRY_BACKOFF),
                EnvelopeMode.valueOf(upper(config, SinkKeys.ENVELOPE)),
                config.getString(SinkKeys.PLACEHOLDER),
                config.getBoolean(SinkKeys.OFFSETS_IN_TARGET));
    }

    private static List<String> names(AbstractConfig config, String key) {
        return config.getList(key).stream()
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private static String upper(AbstractConfig config, String key) {
        return config.getString(key).toUpperCase(Locale.ROOT);
    }
}
