package io.millrace.connectors.postgres.cdc.envelope;

import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** The envelope's {@code source}: where in the database and its log a change comes from. */
public final class SourceBlock {
    static final Schema SCHEMA =
            SchemaBuilder.struct()
                    .name("io.debezium.connector.postgresql.Source")
                    .version(1)
                    .field("version", Schema.STRING_SCHEMA)
                    .field("connector", Schema.STRING_SCHEMA)
                    .field("name", Schema.STRING_SCHEMA)
                    .field("ts_ms", Schema.INT64_SCHEMA)
                    .field(
                            "snapshot",
                            SchemaBuilder.string()
                                    .name("io.debezium.data.Enum")
                                    .version(1)
                                    .parameter(
                                            "allowed",
                                            "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental")
                                    .defaultValue("false")
                                    .optional()
                                    .build())
                    .field("db", Schema.STRING_SCHEMA)
                    .field("sequence", Schema.OPTIONAL_STRING_SCHEMA)
                    .field("ts_us", Schema.OPTIONAL_INT64_SCHEMA)
                    .field("ts_ns", Schema.OPTIONAL_INT64_SCHEMA)
                    .field("schema", Schema.STRING_SCHEMA)
                    .field("table", Schema.STRING_SCHEMA)
                    .field("txId", Schema.OPTIONAL_INT64_SCHEMA)
                    .field("lsn", Schema.OPTIONAL_INT64_SCHEMA)
                    .field("xmin", Schema.OPTIONAL_INT64_SCHEMA)
                    .build();

    private static final Field VERSION = SCHEMA.field("version");
    private static final Field CONNECTOR = SCHEMA.field("connector");
    private static final Field NAME = SCHEMA.field("name");
    private static final Field TS_MS = SCHEMA.field("ts_ms");
    private static final Field SNAPSHOT = SCHEMA.field("snapshot");
    private static final Field DB = SCHEMA.field("db");
    private static final Field SEQUENCE = SCHEMA.field("sequence");
    private static final Field TS_US = SCHEMA.field("ts_us");
    private static final Field TS_NS = SCHEMA.field("ts_ns");
    private static final Field NAMESPACE = SCHEMA.field("schema");
    private static final Field TABLE = SCHEMA.field("table");
    private static final Field TX_ID = SCHEMA.field("txId");
    private static final Field LSN = SCHEMA.field("lsn");

    private final String version;
    private final String topicPrefix;
    private final String database;

    public SourceBlock(String version, String topicPrefix, String database) {
        this.version = version;
        this.topicPrefix = topicPrefix;
        this.database = database;
    }

    Struct struct(ChangeOrigin origin, String schema, String table) {
        Struct source = new Struct(SCHEMA);
        source.put(VERSION, version);
        source.put(CONNECTOR, "postgresql");
        source.put(NAME, topicPrefix);
        source.put(TS_MS, origin.micros() / 1000);
        source.put(SNAPSHOT, origin.snapshot());
        source.put(DB, database);
        source.put(SEQUENCE, origin.sequence());
        source.put(TS_US, origin.micros());
        source.put(TS_NS, origin.micros() * 1000);
        source.put(NAMESPACE, schema);
        source.put(TABLE, table);
        source.put(TX_ID, nullable(origin.transactionId()));
        source.put(LSN, origin.lsn());
        return source;
    }

    private static @Nullable Object nullable(@Nullable Long value) {
        return value;
    }
}
