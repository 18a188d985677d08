package io.millrace.connectors.jdbc.sink;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.jspecify.annotations.Nullable;

/** Every configuration key of the sink. Names are those of the widespread JDBC sinks. */
public final class SinkKeys {
    public static final String URL = "connection.url";
    public static final String USER = "connection.user";
    public static final String PASSWORD = "connection.password";
    public static final String INSERT_MODE = "insert.mode";
    public static final String PK_MODE = "pk.mode";
    public static final String PK_FIELDS = "pk.fields";
    public static final String DELETE_ENABLED = "delete.enabled";
    public static final String AUTO_CREATE = "auto.create";
    public static final String AUTO_EVOLVE = "auto.evolve";
    public static final String TABLE_NAME_FORMAT = "table.name.format";
    public static final String BATCH_SIZE = "batch.size";
    public static final String FIELDS_WHITELIST = "fields.whitelist";
    public static final String MAX_RETRIES = "max.retries";
    public static final String RETRY_BACKOFF = "retry.backoff.ms";
    public static final String ENVELOPE = "value.envelope";
    public static final String PLACEHOLDER = "unavailable.value.placeholder";
    public static final String OFFSETS_IN_TARGET = "offsets.in.target";

    private SinkKeys() {}

    public static ConfigDef definition() {
        ConfigDef def = new ConfigDef();
        String connection = "Connection";
        required(def, URL, Type.STRING, connection, "jdbc:postgresql://host:port/database");
        add(def, USER, Type.STRING, "", null, connection, "Role that writes.");
        add(def, PASSWORD, Type.PASSWORD, "", null, connection, "Its password.");
        add(
                def,
                MAX_RETRIES,
                Type.INT,
                10,
                atLeast(-1),
                connection,
                "Attempts to write the same records after a passing failure, before the task fails;"
                        + " -1 = no bound.");
        add(def, RETRY_BACKOFF, Type.LONG, 3_000L, atLeast(0), connection, "Wait between them.");
        writes(def);
        tables(def);
        return def;
    }

    private static void writes(ConfigDef def) {
        String writes = "Writes";
        add(
                def,
                INSERT_MODE,
                Type.STRING,
                "insert",
                ValidString.in("insert", "upsert", "update"),
                writes,
                "insert: new rows only; upsert: new or replaced; update: existing rows only.");
        add(
                def,
                PK_MODE,
                Type.STRING,
                "none",
                ValidString.in("none", "kafka", "record_key", "record_value"),
                writes,
                "Where a row's key comes from: nowhere; topic, partition and offset; the record's"
                        + " key; fields of its value.");
        add(
                def,
                PK_FIELDS,
                Type.LIST,
                "",
                null,
                writes,
                "Key columns. Empty: all fields of the record's key, or __connect_topic,"
                        + " __connect_partition, __connect_offset.");
        add(
                def,
                DELETE_ENABLED,
                Type.STRING,
                "auto",
                ValidString.in("auto", "true", "false"),
                writes,
                "Whether tombstones and delete events delete rows; needs pk.mode=record_key. auto:"
                        + " yes with it, no without.");
        add(def, BATCH_SIZE, Type.INT, 3000, atLeast(1), writes, "Most records per transaction.");
        add(
                def,
                ENVELOPE,
                Type.STRING,
                "auto",
                ValidString.in("auto", "none", "debezium"),
                writes,
                "Whether values are change events with before and after; auto looks at each.");
        add(
                def,
                PLACEHOLDER,
                Type.STRING,
                "__debezium_unavailable_value",
                new NonEmptyString(),
                writes,
                "A column with this value was not sent because it did not change: it is left as it"
                        + " is in the table.");
        add(
                def,
                OFFSETS_IN_TARGET,
                Type.BOOLEAN,
                false,
                null,
                writes,
                "Keep the consumed offsets in table millrace_sink_offsets, in the transaction of"
                        + " the rows: each record is applied exactly once.");
    }

    private static void tables(ConfigDef def) {
        String tables = "Tables";
        add(
                def,
                TABLE_NAME_FORMAT,
                Type.STRING,
                "${topic}",
                new NonEmptyString(),
                tables,
                "Table for a topic, [schema.]table. ${topic} is the topic's name, ${schema} and"
                        + " ${table} are its last two parts.");
        add(def, AUTO_CREATE, Type.BOOLEAN, false, null, tables, "Make missing tables.");
        add(def, AUTO_EVOLVE, Type.BOOLEAN, false, null, tables, "Add missing columns.");
        add(
                def,
                FIELDS_WHITELIST,
                Type.LIST,
                "",
                null,
                tables,
                "Value fields to write; empty = all.");
    }

    private static void required(ConfigDef def, String key, Type type, String group, String text) {
        def.define(
                key,
                type,
                ConfigDef.NO_DEFAULT_VALUE,
                new NonEmptyString(),
                Importance.HIGH,
                text,
                group,
                def.names().size(),
                ConfigDef.Width.LONG,
                key);
    }

    private static void add(
            ConfigDef def,
            String key,
            Type type,
            Object defaultValue,
            ConfigDef.@Nullable Validator validator,
            String group,
            String text) {
        def.define(
                key,
                type,
                defaultValue,
                validator,
                Importance.MEDIUM,
                text,
                group,
                def.names().size(),
                ConfigDef.Width.MEDIUM,
                key);
    }
}
