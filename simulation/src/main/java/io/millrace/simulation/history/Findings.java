package io.millrace.simulation.history;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects violations: the first {@value #LIMIT} of each invariant, and how many there were. */
final class Findings {
    static final int LIMIT = 20;

    private final List<Violation> violations = new ArrayList<>();
    private final Map<Invariant, Integer> counts = new EnumMap<>(Invariant.class);

    void add(
            Invariant invariant,
            String subject,
            long offset,
            @Nullable String value,
            String what,
            Event... events) {
        if (counts.merge(invariant, 1, Integer::sum) <= LIMIT) {
            violations.add(new Violation(invariant, subject, offset, value, what, List.of(events)));
        }
    }

    List<Violation> violations() {
        return violations;
    }

    Map<Invariant, Integer> counts() {
        return counts;
    }
}
