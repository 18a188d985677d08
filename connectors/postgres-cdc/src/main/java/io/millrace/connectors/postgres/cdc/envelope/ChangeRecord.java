package io.millrace.connectors.postgres.cdc.envelope;

import java.util.List;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A record without its place in the stream: what {@link EnvelopeWriter} makes of a change; the
 * capture adds offset and sequence. {@code valueSchema} and {@code value} are null in a tombstone.
 */
public record ChangeRecord(
        String topic,
        @Nullable Schema keySchema,
        @Nullable Struct key,
        @Nullable Schema valueSchema,
        @Nullable Struct value,
        List<Header> headers) {}
