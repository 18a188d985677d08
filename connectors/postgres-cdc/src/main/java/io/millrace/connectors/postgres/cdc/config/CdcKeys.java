package io.millrace.connectors.postgres.cdc.config;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;

/** Every configuration key of the connector. Names and values are Debezium's where it has them. */
public final class CdcKeys {
    public static final String HOSTNAME = "database.hostname";
    public static final String PORT = "database.port";
    public static final String USER = "database.user";
    public static final String PASSWORD = "database.password";
    public static final String DATABASE = "database.dbname";
    public static final String SSL_MODE = "database.sslmode";
    public static final String CONNECT_TIMEOUT = "database.connect.timeout.seconds";
    public static final String TOPIC_PREFIX = "topic.prefix";
    public static final String SLOT_NAME = "slot.name";
    public static final String SLOT_DROP = "slot.drop.on.stop";
    public static final String PLUGIN_NAME = "plugin.name";
    public static final String PUBLICATION = "publication.name";
    public static final String PUBLICATION_MODE = "publication.autocreate.mode";
    public static final String TABLE_INCLUDE = "table.include.list";
    public static final String TABLE_EXCLUDE = "table.exclude.list";
    public static final String SCHEMA_INCLUDE = "schema.include.list";
    public static final String SCHEMA_EXCLUDE = "schema.exclude.list";
    public static final String KEY_COLUMNS = "message.key.columns";
    public static final String SNAPSHOT_MODE = "snapshot.mode";
    public static final String TOMBSTONES = "tombstones.on.delete";
    public static final String SKIPPED_OPERATIONS = "skipped.operations";
    public static final String HEARTBEAT_INTERVAL = "heartbeat.interval.ms";
    public static final String HEARTBEAT_PREFIX = "heartbeat.topics.prefix";
    public static final String DECIMAL_MODE = "decimal.handling.mode";
    public static final String TIME_MODE = "time.precision.mode";
    public static final String BINARY_MODE = "binary.handling.mode";
    public static final String INTERVAL_MODE = "interval.handling.mode";
    public static final String MONEY_DIGITS = "money.fraction.digits";
    public static final String UNAVAILABLE_VALUE = "unavailable.value.placeholder";
    public static final String MAX_BATCH_SIZE = "max.batch.size";
    public static final String MAX_QUEUE_SIZE = "max.queue.size";
    public static final String MAX_QUEUE_BYTES = "max.queue.size.in.bytes";
    public static final String POLL_INTERVAL = "poll.interval.ms";
    public static final String STATUS_INTERVAL = "status.update.interval.ms";
    public static final String RETRY_INITIAL = "retriable.restart.connector.wait.ms";
    public static final String RETRY_MAX = "errors.retry.delay.max.ms";
    public static final String MAX_RETRIES = "errors.max.retries";

    private static final String DATABASE_GROUP = "Database";
    private static final String CAPTURE_GROUP = "Capture";
    private static final String VALUES_GROUP = "Values";
    private static final String LIMITS_GROUP = "Limits";

    private CdcKeys() {}

    public static ConfigDef definition() {
        ConfigDef def = new ConfigDef();
        database(def);
        capture(def);
        values(def);
        limits(def);
        return def;
    }

    private static void database(ConfigDef def) {
        Group group = new Group(def, DATABASE_GROUP);
        group.required(HOSTNAME, Type.STRING, "Host name or address of the PostgreSQL server.");
        group.optional(PORT, Type.INT, 5432, between(1, 65535), "Port of the server.");
        group.required(USER, Type.STRING, "Role with LOGIN and REPLICATION.");
        group.optional(PASSWORD, Type.PASSWORD, "", null, "Password of the role.");
        group.required(DATABASE, Type.STRING, "Name of the captured database.");
        group.optional(
                SSL_MODE,
                Type.STRING,
                "prefer",
                ValidString.in("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
                "How the connection is encrypted and the server checked.");
        group.optional(
                CONNECT_TIMEOUT, Type.INT, 10, atLeast(1), "Bound for opening a connection.");
    }

    private static void capture(ConfigDef def) {
        Group group = new Group(def, CAPTURE_GROUP);
        group.required(
                TOPIC_PREFIX,
                Type.STRING,
                "First part of every topic name, prefix.schema.table; also names the stored"
                        + " position, so it must stay the same.");
        group.optional(
                SLOT_NAME,
                Type.STRING,
                "millrace",
                new SlotName(),
                "Replication slot, made if missing: a-z, 0-9 and _, up to 63 characters.");
        group.optional(
                SLOT_DROP,
                Type.BOOLEAN,
                false,
                null,
                "Drop the slot when the task stops. For trials only: changes made meanwhile are"
                        + " lost.");
        group.optional(
                PLUGIN_NAME,
                Type.STRING,
                "pgoutput",
                ValidString.in("pgoutput"),
                "Logical decoding plug-in.");
        group.optional(
                PUBLICATION,
                Type.STRING,
                "millrace_publication",
                new NonEmptyString(),
                "Publication to read.");
        group.optional(
                PUBLICATION_MODE,
                Type.STRING,
                "all_tables",
                ValidString.in("all_tables", "filtered", "no_tables", "disabled"),
                "What to do if the publication is missing: create it for all tables (needs a"
                        + " superuser), for the tables of the filters (also keeps it up to date),"
                        + " empty, or not at all.");
        tables(group);
        records(group);
    }

    private static void tables(Group group) {
        group.optional(
                TABLE_INCLUDE,
                Type.LIST,
                "",
                null,
                "Tables to capture: expressions for" + " schema.table.");
        group.optional(TABLE_EXCLUDE, Type.LIST, "", null, "Tables not to capture.");
        group.optional(SCHEMA_INCLUDE, Type.LIST, "", null, "Schemas to capture.");
        group.optional(SCHEMA_EXCLUDE, Type.LIST, "", null, "Schemas not to capture.");
        group.optional(
                KEY_COLUMNS,
                Type.STRING,
                "",
                null,
                "Record keys for tables, schema.table:col1,col2;… instead of the replica"
                        + " identity.");
        group.optional(
                SNAPSHOT_MODE,
                Type.STRING,
                "initial",
                ValidString.in("initial", "always", "initial_only", "no_data", "never"),
                "initial: rows first, once, then changes; always: at each start; initial_only:"
                        + " rows, no changes; no_data: changes only.");
    }

    private static void records(Group group) {
        group.optional(TOMBSTONES, Type.BOOLEAN, true, null, "A null value follows each delete.");
        group.optional(
                SKIPPED_OPERATIONS,
                Type.LIST,
                "t",
                ConfigDef.ValidList.in("c", "u", "d", "t", "none"),
                "Operations that give no record: c, u, d, t, or none.");
        group.optional(
                HEARTBEAT_INTERVAL,
                Type.INT,
                0,
                atLeast(0),
                "Interval of heartbeat records, which store the position of an idle database; 0"
                        + " = none. The slot does not need them.");
        group.optional(
                HEARTBEAT_PREFIX,
                Type.STRING,
                "__debezium-heartbeat",
                new NonEmptyString(),
                "First part of the heartbeat topic's name.");
    }

    private static void values(ConfigDef def) {
        Group group = new Group(def, VALUES_GROUP);
        group.optional(
                DECIMAL_MODE,
                Type.STRING,
                "precise",
                ValidString.in("precise", "double", "string"),
                "Form of numeric and money.");
        group.optional(
                TIME_MODE,
                Type.STRING,
                "adaptive",
                ValidString.in(
                        "adaptive",
                        "adaptive_time_microseconds",
                        "connect",
                        "isostring",
                        "microseconds",
                        "nanoseconds"),
                "Form of date, time and timestamp; connect keeps milliseconds only.");
        group.optional(
                BINARY_MODE,
                Type.STRING,
                "bytes",
                ValidString.in("bytes", "base64", "hex"),
                "Form of bytea.");
        group.optional(
                INTERVAL_MODE,
                Type.STRING,
                "numeric",
                ValidString.in("numeric", "string"),
                "Form of interval: microseconds or ISO 8601.");
        group.optional(MONEY_DIGITS, Type.INT, 2, between(0, 18), "Decimal digits of money.");
        group.optional(
                UNAVAILABLE_VALUE,
                Type.STRING,
                "__debezium_unavailable_value",
                new NonEmptyString(),
                "Stands for a large value that the server left out because it did not change.");
    }

    private static void limits(ConfigDef def) {
        Group group = new Group(def, LIMITS_GROUP);
        group.optional(MAX_BATCH_SIZE, Type.INT, 2048, atLeast(1), "Most records per poll.");
        group.optional(MAX_QUEUE_SIZE, Type.INT, 8192, atLeast(1), "Most records waiting.");
        group.optional(
                MAX_QUEUE_BYTES,
                Type.LONG,
                0L,
                atLeast(0),
                "Most bytes waiting; 0 = a sixteenth of the heap, 64 MiB at most.");
        group.optional(
                POLL_INTERVAL, Type.LONG, 500L, atLeast(1), "Longest wait of a poll for records.");
        group.optional(
                STATUS_INTERVAL,
                Type.INT,
                10_000,
                atLeast(10),
                "Interval at which the confirmed position is sent to the server.");
        group.optional(
                RETRY_INITIAL, Type.LONG, 500L, atLeast(1), "First wait before reconnecting.");
        group.optional(
                RETRY_MAX, Type.LONG, 30_000L, atLeast(1), "Longest wait before reconnecting.");
        group.optional(
                MAX_RETRIES,
                Type.INT,
                -1,
                atLeast(-1),
                "Connection attempts in a row before the task fails; -1 = no bound.");
    }

    /** The slot names that PostgreSQL accepts. */
    private static final class SlotName implements ConfigDef.Validator {
        @Override
        public void ensureValid(String name, Object value) {
            if (!(value instanceof String text) || !text.matches("[a-z0-9_]{1,63}")) {
                throw new org.apache.kafka.common.config.ConfigException(
                        name, value, "use 1 to 63 of the characters a-z, 0-9 and _");
            }
        }

        @Override
        public String toString() {
            return "[a-z0-9_]{1,63}";
        }
    }

    /** Keys of one group in their order. */
    private static final class Group {
        private final ConfigDef def;
        private final String name;
        private int order;

        Group(ConfigDef def, String name) {
            this.def = def;
            this.name = name;
        }

        void required(String key, Type type, String text) {
            def.define(
                    key,
                    type,
                    ConfigDef.NO_DEFAULT_VALUE,
                    new NonEmptyString(),
                    Importance.HIGH,
                    text,
                    name,
                    order++,
                    ConfigDef.Width.MEDIUM,
                    key);
        }

        void optional(
                String key,
                Type type,
                Object defaultValue,
                ConfigDef.@org.jspecify.annotations.Nullable Validator validator,
                String text) {
            def.define(
                    key,
                    type,
                    defaultValue,
                    validator,
                    Importance.MEDIUM,
                    text,
                    name,
                    order++,
                    ConfigDef.Width.MEDIUM,
                    key);
        }
    }
}
