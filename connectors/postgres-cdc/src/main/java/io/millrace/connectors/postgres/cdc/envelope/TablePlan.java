package io.millrace.connectors.postgres.cdc.envelope;

import io.millrace.connectors.postgres.cdc.type.ColumnCodec;
import io.millrace.connectors.postgres.cdc.wire.Relation;
import io.millrace.connectors.postgres.cdc.wire.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * Everything needed to turn one table's rows into records, compiled once per description of the
 * table: topic, schemas, a codec per column, and which columns are the key. Non-key columns are
 * optional in the schema, because the change stream says nothing about NOT NULL and a before image
 * may hold the key only. Immutable.
 */
public final class TablePlan {
    private static final int ENVELOPE_VERSION = 2;

    private final Relation relation;
    private final String topic;
    private final ColumnCodec[] codecs;
    private final int[] keyColumns;
    private final @Nullable Schema keySchema;
    private final Schema valueSchema;
    private final Schema envelopeSchema;
    private final Field[] keyFields;
    private final Field[] valueFields;

    public TablePlan(
            String topicPrefix,
            String topic,
            Relation relation,
            List<ColumnCodec> codecs,
            int[] keyColumns) {
        this.relation = relation;
        this.topic = topic;
        this.codecs = codecs.toArray(ColumnCodec[]::new);
        this.keyColumns = keyColumns.clone();
        String name = topicPrefix + "." + relation;
        SchemaBuilder value = SchemaBuilder.struct().name(name + ".Value").optional();
        for (int i = 0; i < this.codecs.length; i++) {
            value.field(
                    column(i),
                    inEveryImage(i) ? codec(i).requiredSchema() : codec(i).optionalSchema());
        }
        this.valueSchema = value.build();
        this.keySchema = keyColumns.length == 0 ? null : keySchema(name);
        this.envelopeSchema = envelope(name, valueSchema);
        this.valueFields = valueSchema.fields().toArray(Field[]::new);
        this.keyFields =
                keySchema == null ? new Field[0] : keySchema.fields().toArray(Field[]::new);
    }

    private Schema keySchema(String name) {
        SchemaBuilder key = SchemaBuilder.struct().name(name + ".Key");
        for (int column : keyColumns) {
            key.field(column(column), codec(column).requiredSchema());
        }
        return key.build();
    }

    private static Schema envelope(String name, Schema value) {
        return SchemaBuilder.struct()
                .name(name + ".Envelope")
                .version(ENVELOPE_VERSION)
                .field("before", value)
                .field("after", value)
                .field("source", SourceBlock.SCHEMA)
                .field("op", Schema.STRING_SCHEMA)
                .field("ts_ms", Schema.OPTIONAL_INT64_SCHEMA)
                .field("ts_us", Schema.OPTIONAL_INT64_SCHEMA)
                .field("ts_ns", Schema.OPTIONAL_INT64_SCHEMA)
                .build();
    }

    private String column(int index) {
        return relation.columns().get(index).name();
    }

    private ColumnCodec codec(int index) {
        return codecs[index];
    }

    /** A key column that the server sends with every image, also with that of a delete. */
    private boolean inEveryImage(int column) {
        return isKey(column) && relation.columns().get(column).key();
    }

    private boolean isKey(int column) {
        for (int key : keyColumns) {
            if (key == column) {
                return true;
            }
        }
        return false;
    }

    public Relation relation() {
        return relation;
    }

    public String topic() {
        return topic;
    }

    public boolean hasKey() {
        return keySchema != null;
    }

    public @Nullable Schema keySchema() {
        return keySchema;
    }

    public Schema envelopeSchema() {
        return envelopeSchema;
    }

    /** The key of a row, null for a table without one. */
    public @Nullable Struct key(Tuple row) {
        if (keySchema == null) {
            return null;
        }
        Struct key = new Struct(keySchema);
        for (int i = 0; i < keyColumns.length; i++) {
            Object value = value(keyColumns[i], row);
            if (value == null) {
                throw new DataException(
                        relation
                                + "."
                                + column(keyColumns[i])
                                + " is part of the record key, but this change has no value for it;"
                                + " run ALTER TABLE "
                                + relation
                                + " REPLICA IDENTITY FULL, or choose columns that are never null in"
                                + " message.key.columns");
            }
            key.put(keyFields[i], value);
        }
        return key;
    }

    /** Whether two images of a row have the same key, compared as bytes. */
    boolean sameKey(Tuple one, Tuple other) {
        for (int column : keyColumns) {
            if (!one.sameValue(column, other)) {
                return false;
            }
        }
        return true;
    }

    /**
     * The whole row. A value the server left out because it did not change is taken from {@code
     * before} if that is at hand, else it is the placeholder and its column is added to {@code
     * unchanged}.
     */
    Struct row(Tuple row, @Nullable Tuple before, List<String> unchanged) {
        requireColumns(row);
        Struct struct = new Struct(valueSchema);
        for (int i = 0; i < codecs.length; i++) {
            if (row.kind(i) != Tuple.UNCHANGED) {
                struct.put(valueFields[i], value(i, row));
            } else if (before != null && before.kind(i) == Tuple.TEXT) {
                struct.put(valueFields[i], value(i, before));
            } else {
                struct.put(valueFields[i], codecs[i].unchanged());
                unchanged.add(column(i));
            }
        }
        return struct;
    }

    /** An image of which the server sent the key columns only. */
    Struct keyOnlyRow(Tuple oldKey) {
        Struct struct = new Struct(valueSchema);
        for (int column : keyColumns) {
            struct.put(valueFields[column], value(column, oldKey));
        }
        return struct;
    }

    List<String> newUnchangedList() {
        return new ArrayList<>(0);
    }

    private @Nullable Object value(int column, Tuple row) {
        if (row.kind(column) != Tuple.TEXT) {
            return null;
        }
        try {
            return codecs[column]
                    .decoder()
                    .decode(row.bytes(), row.offset(column), row.length(column));
        } catch (RuntimeException e) {
            throw new DataException(
                    relation + "." + column(column) + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void requireColumns(Tuple row) {
        if (row.columns() != codecs.length) {
            throw new DataException(
                    relation
                            + ": a row of "
                            + row.columns()
                            + " columns does not fit the description of "
                            + codecs.length);
        }
    }
}
