package io.millrace.connectors.postgres.cdc.type;

import java.util.function.Supplier;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.jspecify.annotations.Nullable;

/**
 * How values of one column leave PostgreSQL: a fresh schema builder, a decoder for its text, and
 * what stands in for a value that the server did not send because it was not changed (TOAST); null
 * = the schema has no room for a marker.
 */
public record ColumnCodec(
        Supplier<SchemaBuilder> schema, ValueDecoder decoder, @Nullable Object unchanged) {

    public Schema optionalSchema() {
        return schema.get().optional().build();
    }

    public Schema requiredSchema() {
        return schema.get().build();
    }
}
