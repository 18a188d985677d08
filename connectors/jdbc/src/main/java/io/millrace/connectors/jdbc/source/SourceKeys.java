package io.millrace.connectors.jdbc.source;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.jspecify.annotations.Nullable;

/** Every configuration key of the source. Names are those of the widespread JDBC sources. */
public final class SourceKeys {
    public static final String URL = "connection.url";
    public static final String USER = "connection.user";
    public static final String PASSWORD = "connection.password";
    public static final String MODE = "mode";
    public static final String INCREMENTING = "incrementing.column.name";
    public static final String TIMESTAMP = "timestamp.column.name";
    public static final String DELAY = "timestamp.delay.interval.ms";
    public static final String WHITELIST = "table.whitelist";
    public static final String BLACKLIST = "table.blacklist";
    public static final String QUERY = "query";
    public static final String TOPIC_PREFIX = "topic.prefix";
    public static final String POLL_INTERVAL = "poll.interval.ms";
    public static final String TABLE_POLL_INTERVAL = "table.poll.interval.ms";
    public static final String BATCH_ROWS = "batch.max.rows";

    private SourceKeys() {}

    public static ConfigDef definition() {
        ConfigDef def = new ConfigDef();
        add(
                def,
                URL,
                Type.STRING,
                ConfigDef.NO_DEFAULT_VALUE,
                new NonEmptyString(),
                "jdbc:postgresql://host:port/database");
        add(def, USER, Type.STRING, "", null, "Role that reads.");
        add(def, PASSWORD, Type.PASSWORD, "", null, "Its password.");
        add(
                def,
                MODE,
                Type.STRING,
                ConfigDef.NO_DEFAULT_VALUE,
                ValidString.in("bulk", "incrementing", "timestamp", "timestamp+incrementing"),
                "bulk: all rows each time; the others: rows that are new by a growing number, or"
                        + " changed by a timestamp.");
        add(
                def,
                INCREMENTING,
                Type.STRING,
                "",
                null,
                "Column that grows with each new row; empty ="
                        + " the table's single-column integer primary key.");
        add(
                def,
                TIMESTAMP,
                Type.LIST,
                "",
                null,
                "Columns of which the first that is not null says" + " when a row changed.");
        add(
                def,
                DELAY,
                Type.LONG,
                0L,
                atLeast(0),
                "Age a timestamp must have before its rows are"
                        + " read, so that transactions still open then are not missed.");
        add(def, WHITELIST, Type.LIST, "", null, "Tables to read, [schema.]table; empty = all.");
        add(def, BLACKLIST, Type.LIST, "", null, "Tables not to read.");
        add(
                def,
                QUERY,
                Type.STRING,
                "",
                null,
                "Query to read instead of tables; it is used as a"
                        + " subquery, so it may have its own WHERE.");
        add(
                def,
                TOPIC_PREFIX,
                Type.STRING,
                ConfigDef.NO_DEFAULT_VALUE,
                new NonEmptyString(),
                "A table's topic is prefix + table; a query's is the prefix.");
        add(def, POLL_INTERVAL, Type.LONG, 5_000L, atLeast(1), "Interval of reading a table.");
        add(
                def,
                TABLE_POLL_INTERVAL,
                Type.LONG,
                60_000L,
                atLeast(100),
                "Interval of looking for" + " new and dropped tables.");
        add(def, BATCH_ROWS, Type.INT, 1000, atLeast(1), "Most rows per poll.");
        return def;
    }

    private static void add(
            ConfigDef def,
            String key,
            Type type,
            @Nullable Object defaultValue,
            ConfigDef.@Nullable Validator validator,
            String text) {
        def.define(key, type, defaultValue, validator, Importance.MEDIUM, text);
    }
}
