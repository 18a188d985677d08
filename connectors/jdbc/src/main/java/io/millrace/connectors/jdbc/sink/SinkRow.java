package io.millrace.connectors.jdbc.sink;

import io.millrace.connectors.jdbc.sql.TableName;
import java.util.List;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What one record asks for: a row to write, or to delete by its key. Key fields come first.
 *
 * @param unsentColumns columns whose value the source did not send; they are not among the fields
 */
record SinkRow(
        TableName table,
        boolean delete,
        List<Field> fields,
        int keyCount,
        List<String> unsentColumns) {

    /** A column's value as the record has it; without a schema, its class says what it is. */
    record Field(String name, @Nullable Schema schema, @Nullable Object value) {}

    SinkRow {
        fields = List.copyOf(fields);
        unsentColumns = List.copyOf(unsentColumns);
        if (keyCount > fields.size()) {
            throw new IllegalArgumentException(
                    "a key of " + keyCount + " in a row of " + fields.size() + " fields");
        }
    }
}
