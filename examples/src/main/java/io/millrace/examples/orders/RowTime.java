package io.millrace.examples.orders;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.streams.processor.ConsumedRecord;
import io.millrace.streams.processor.TimestampExtractor;
import java.time.Instant;
import java.time.OffsetDateTime;

/**
 * Takes event time from a {@code timestamptz} column of the row; a delete or tombstone happened
 * when it was captured.
 *
 * @param column name of the column
 */
record RowTime(String column) implements TimestampExtractor {

    @Override
    public long extract(ConsumedRecord record, long partitionTime) {
        if (record.value() instanceof Change change && change.after() != null) {
            JsonNode value = change.after().get(column);
            if (value != null && value.isTextual()) {
                return parse(value.asText());
            }
        }
        return record.timestamp();
    }

    private static long parse(String text) {
        return text.endsWith("Z")
                ? Instant.parse(text).toEpochMilli()
                : OffsetDateTime.parse(text).toInstant().toEpochMilli();
    }
}
