package io.millrace.simulation.history;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A broken invariant.
 *
 * @param subject partition, group or transaction
 * @param offset in the partition, or -1
 * @param value of the record, or null
 * @param events that prove it
 */
public record Violation(
        Invariant invariant,
        String subject,
        long offset,
        @Nullable String value,
        String what,
        List<Event> events) {
    public Violation {
        events = List.copyOf(events);
    }

    @Override
    public String toString() {
        return invariant
                + " ("
                + invariant.rule()
                + "): "
                + subject
                + (offset < 0 ? "" : " at offset " + offset)
                + (value == null ? "" : ", value " + value)
                + ": "
                + what
                + events.stream()
                        .map(Violation::shortened)
                        .collect(Collectors.joining("\n    ", "\n    ", ""));
    }

    private static String shortened(Event event) {
        String line = HistoryLines.line(event);
        return line.length() <= 400 ? line : line.substring(0, 400) + "…";
    }
}
