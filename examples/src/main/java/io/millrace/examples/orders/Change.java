package io.millrace.examples.orders;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * A captured change in Debezium's envelope, as far as the job looks at it.
 *
 * @param after the row after the change; null when it was deleted
 * @param op c created, r read by the snapshot, u updated, d deleted
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Change(@Nullable JsonNode after, String op) {
    Change {
        if (after != null && after.isNull()) {
            after = null;
        }
    }

    /** Whether the row was seen for the first time. */
    boolean isNewRow() {
        return after != null && (op.equals("c") || op.equals("r"));
    }

    long number(String column) {
        return column(column).asLong();
    }

    String text(String column) {
        return column(column).asText();
    }

    /** A {@code numeric(…, 2)} in hundredths. */
    long cents(String column) {
        return new BigDecimal(column(column).asText()).movePointRight(2).longValueExact();
    }

    private JsonNode column(String name) {
        JsonNode value = after == null ? null : after.get(name);
        if (value == null) {
            throw new IllegalArgumentException(
                    "change " + op + " has no column " + name + " after it: " + after);
        }
        return value;
    }
}
