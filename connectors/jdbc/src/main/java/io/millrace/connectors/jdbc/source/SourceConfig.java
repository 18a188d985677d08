package io.millrace.connectors.jdbc.source;

import io.millrace.connectors.jdbc.sql.ConnectionAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;

/** The source's configuration, checked; made once per validate, connector or task. */
public record SourceConfig(
        ConnectionAddress address,
        Mode mode,
        String incrementingColumn,
        List<String> timestampColumns,
        long delayMs,
        List<String> whitelist,
        List<String> blacklist,
        String query,
        String topicPrefix,
        long pollIntervalMs,
        long tablePollIntervalMs,
        int batchRows) {

    /** How new rows are told from old ones. */
    public enum Mode {
        BULK(false, false),
        INCREMENTING(true, false),
        TIMESTAMP(false, true),
        TIMESTAMP_INCREMENTING(true, true);

        private final boolean byNumber;
        private final boolean byTime;

        Mode(boolean byNumber, boolean byTime) {
            this.byNumber = byNumber;
            this.byTime = byTime;
        }

        boolean byNumber() {
            return byNumber;
        }

        boolean byTime() {
            return byTime;
        }
    }

    public SourceConfig {
        timestampColumns = List.copyOf(timestampColumns);
        whitelist = List.copyOf(whitelist);
        blacklist = List.copyOf(blacklist);
        if (mode.byTime() && timestampColumns.isEmpty()) {
            throw new ConfigException(
                    SourceKeys.TIMESTAMP, "", "mode=" + text(mode) + " needs a column");
        }
        if (!query.isEmpty() && mode.byNumber() && incrementingColumn.isEmpty()) {
            throw new ConfigException(
                    SourceKeys.INCREMENTING, "", "a query has no primary key to take instead");
        }
        if (!query.isEmpty() && !(whitelist.isEmpty() && blacklist.isEmpty())) {
            throw new ConfigException(
                    SourceKeys.QUERY, query, "either a query or tables, not both");
        }
        if (!whitelist.isEmpty() && !blacklist.isEmpty()) {
            throw new ConfigException(
                    SourceKeys.BLACKLIST, blacklist, "either a whitelist or a blacklist");
        }
    }

    public static SourceConfig parse(Map<String, String> properties) {
        AbstractConfig config = new AbstractConfig(SourceKeys.definition(), properties, false);
        String mode = config.getString(SourceKeys.MODE);
        return new SourceConfig(
                ConnectionAddress.parse(
                        SourceKeys.URL,
                        config.getString(SourceKeys.URL),
                        config.getString(SourceKeys.USER),
                        config.getPassword(SourceKeys.PASSWORD).value()),
                Mode.valueOf(mode.replace('+', '_').toUpperCase(Locale.ROOT)),
                config.getString(SourceKeys.INCREMENTING),
                names(config, SourceKeys.TIMESTAMP),
                config.getLong(SourceKeys.DELAY),
                names(config, SourceKeys.WHITELIST),
                names(config, SourceKeys.BLACKLIST),
                config.getString(SourceKeys.QUERY).strip(),
                config.getString(SourceKeys.TOPIC_PREFIX),
                config.getLong(SourceKeys.POLL_INTERVAL),
                config.getLong(SourceKeys.TABLE_POLL_INTERVAL),
                config.getInt(SourceKeys.BATCH_ROWS));
    }

    private static List<String> names(AbstractConfig config, String key) {
        return config.getList(key).stream()
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private static String text(Mode mode) {
        return mode.name().toLowerCase(Locale.ROOT).replace('_', '+');
    }
}
