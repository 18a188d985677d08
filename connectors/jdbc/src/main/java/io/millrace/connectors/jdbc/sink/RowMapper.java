package io.millrace.connectors.jdbc.sink;

import io.millrace.connectors.jdbc.sql.TableName;
import io.millrace.connectors.jdbc.sql.ValueText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record to the row it stands for: Struct or Map, plain or in a change event's envelope. Owned by
 * one task; a record it cannot map is a {@link DataException}.
 */
final class RowMapper {
    private static final String UNCHANGED_HEADER = "millrace.unchanged.columns";
    private static final List<String> KAFKA_FIELDS =
            List.of("__connect_topic", "__connect_partition", "__connect_offset");

    private final SinkConfig config;
    private final Map<String, TableName> tables = new HashMap<>();

    RowMapper(SinkConfig config) {
        this.config = config;
    }

    /** Empty for a record that asks for nothing: a tombstone when deletes are off. */
    Optional<SinkRow> map(SinkRecord record) {
        TableName table = tables.computeIfAbsent(record.topic(), this::table);
        Object value = record.value();
        Schema schema = record.valueSchema();
        if (value != null && isEnvelope(value)) {
            String op = String.valueOf(get(value, "op"));
            if (op.equals("t")) {
                throw new DataException(
                        "a truncate event cannot be applied; the source's skipped.operations=t"
                                + " leaves them out");
            }
            value = get(value, "after");
            schema = value instanceof Struct after ? after.schema() : null;
        }
        if (value == null) {
            return config.deleteEnabled()
                    ? Optional.of(
                            new SinkRow(
                                    table,
                                    true,
                                    keyFields(record, null),
                                    keyCount(record),
                                    List.of()))
                    : Optional.empty();
        }
        return Optional.of(row(table, record, schema, value));
    }

    private int keyCount(SinkRecord record) {
        return keyFields(record, null).size();
    }

    private SinkRow row(TableName table, SinkRecord record, @Nullable Schema schema, Object value) {
        List<SinkRow.Field> fields = new ArrayList<>(keyFields(record, value));
        int keyCount = fields.size();
        Set<String> keys = new HashSet<>();
        fields.forEach(field -> keys.add(field.name()));
        Set<String> unsent = unchangedColumns(record);
        List<String> unsentColumns = new ArrayList<>(0);
        for (SinkRow.Field field : valueFields(schema, value)) {
            String name = field.name();
            boolean wanted =
                    config.fieldsWhitelist().isEmpty() || config.fieldsWhitelist().contains(name);
            if (keys.contains(name) || !wanted) {
                continue;
            }
            if (unsent.contains(name)
                    || ValueText.isPlaceholder(field.value(), config.placeholder())) {
                unsentColumns.add(name);
            } else {
                fields.add(field);
            }
        }
        return new SinkRow(table, false, fields, keyCount, unsentColumns);
    }

    private static Set<String> unchangedColumns(SinkRecord record) {
        Header header = record.headers().lastWithName(UNCHANGED_HEADER);
        return header == null || header.value() == null
                ? Set.of()
                : Set.of(header.value().toString().split(","));
    }

    private boolean isEnvelope(Object value) {
        return switch (config.envelope()) {
            case NONE -> false;
            case DEBEZIUM -> true;
            case AUTO -> has(value, "op") && has(value, "source") && has(value, "after");
        };
    }

    private static boolean has(Object value, String field) {
        return value instanceof Struct struct
                ? struct.schema().field(field) != null
                : value instanceof Map<?, ?> map && map.containsKey(field);
    }

    private static @Nullable Object get(Object value, String field) {
        return value instanceof Struct struct ? struct.get(field) : ((Map<?, ?>) value).get(field);
    }

    private static List<SinkRow.Field> valueFields(@Nullable Schema schema, Object value) {
        List<SinkRow.Field> fields = new ArrayList<>();
        if (value instanceof Struct struct) {
            for (Field field : struct.schema().fields()) {
                fields.add(new SinkRow.Field(field.name(), field.schema(), struct.get(field)));
            }
        } else if (value instanceof Map<?, ?> map) {
            map.forEach(
                    (name, item) ->
                            fields.add(new SinkRow.Field(String.valueOf(name), null, item)));
        } else {
            throw new DataException(
                    "the value is a "
                            + value.getClass().getSimpleName()
                            + (schema == null ? "" : " of schema " + schema.type())
                            + ", a row needs a Struct or a JSON object; a HoistField transform can"
                            + " wrap it");
        }
        return fields;
    }

    private List<SinkRow.Field> keyFields(SinkRecord record, @Nullable Object value) {
        return switch (config.keyMode()) {
            case NONE -> List.of();
            case KAFKA -> kafkaFields(record);
            case RECORD_KEY -> recordKeyFields(record);
            case RECORD_VALUE -> recordValueFields(value);
        };
    }

    private List<SinkRow.Field> kafkaFields(SinkRecord record) {
        List<String> names = config.keyFields().isEmpty() ? KAFKA_FIELDS : config.keyFields();
        return List.of(
                new SinkRow.Field(names.get(0), Schema.STRING_SCHEMA, record.topic()),
                new SinkRow.Field(names.get(1), Schema.INT32_SCHEMA, record.kafkaPartition()),
                new SinkRow.Field(names.get(2), Schema.INT64_SCHEMA, record.kafkaOffset()));
    }

    private List<SinkRow.Field> recordKeyFields(SinkRecord record) {
        Object key = record.key();
        if (key == null) {
            throw new DataException("the record has no key, which pk.mode=record_key needs");
        }
        if (!(key instanceof Struct) && !(key instanceof Map)) {
            if (config.keyFields().size() != 1) {
                throw new DataException(
                        "the key is a single value; set pk.fields to the name of its column");
            }
            return List.of(new SinkRow.Field(config.keyFields().get(0), record.keySchema(), key));
        }
        List<SinkRow.Field> all = valueFields(record.keySchema(), key);
        return config.keyFields().isEmpty() ? all : chosen(all, "key");
    }

    private List<SinkRow.Field> recordValueFields(@Nullable Object value) {
        if (value == null) {
            throw new DataException("a tombstone has no value, which pk.mode=record_value needs");
        }
        return chosen(valueFields(null, value), "value");
    }

    private List<SinkRow.Field> chosen(List<SinkRow.Field> all, String part) {
        List<SinkRow.Field> fields = new ArrayList<>();
        for (String name : config.keyFields()) {
            fields.add(
                    all.stream()
                            .filter(field -> field.name().equals(name))
                            .findFirst()
                            .orElseThrow(
                                    () ->
                                            new DataException(
                                                    "the record's "
                                                            + part
                                                            + " has no field "
                                                            + name
                                                            + ", which pk.fields names")));
        }
        return fields;
    }

    /** {@code ${topic}} as a whole; {@code ${schema}} and {@code ${table}} are its last parts. */
    private TableName table(String topic) {
        String[] parts = topic.split("\\.");
        String name =
                config.tableNameFormat()
                        .replace("${topic}", topic)
                        .replace("${table}", parts[parts.length - 1])
                        .replace(
                                "${schema}", parts.length > 1 ? parts[parts.length - 2] : "public");
        String[] names = name.split("\\.");
        if (names.length == 3 && names[0].equals(config.address().database())) {
            return new TableName(names[1], names[2]);
        }
        if (names.length > 2) {
            throw new DataException(
                    "table.name.format="
                            + config.tableNameFormat()
                            + " makes "
                            + name
                            + " of topic "
                            + topic
                            + ", which is not [schema.]table; ${schema}.${table} takes the topic's"
                            + " last two parts");
        }
        return names.length == 2 ? new TableName(names[0], names[1]) : new TableName("", names[0]);
    }
}
