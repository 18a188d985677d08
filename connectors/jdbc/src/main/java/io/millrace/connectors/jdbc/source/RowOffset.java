package io.millrace.connectors.jdbc.source;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far a table is read: the largest number and timestamp done. The timestamp is PostgreSQL's own
 * text, which loses nothing.
 */
record RowOffset(@Nullable Long number, @Nullable String timestamp) {
    private static final String NUMBER = "incrementing";
    private static final String TIMESTAMP = "timestamp";

    static final RowOffset NONE = new RowOffset(null, null);

    static RowOffset fromMap(@Nullable Map<String, Object> stored) {
        if (stored == null) {
            return NONE;
        }
        Long number = stored.get(NUMBER) instanceof Number value ? value.longValue() : null;
        String timestamp = stored.get(TIMESTAMP) instanceof String value ? value : null;
        return new RowOffset(number, timestamp);
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new HashMap<>();
        if (number != null) {
            map.put(NUMBER, number);
        }
        if (timestamp != null) {
            map.put(TIMESTAMP, timestamp);
        }
        return map;
    }
}
