package io.millrace.system.differential;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Differences that nothing explains, grouped by the field they are in. */
final class Findings {
    private static final int MOST_CHARACTERS = 160;

    private final Map<String, Group> groups = new LinkedHashMap<>();

    private static final class Group {
        private final String field;
        private final List<String> examples = new ArrayList<>();
        private int count;
        private int first;

        Group(String field) {
            this.field = field;
        }
    }

    /**
     * @param first whether nothing differed before in its sequence: others may follow from it
     */
    synchronized void add(int sequence, boolean first, Difference difference, Object request) {
        String field =
                difference.api()
                        + " "
                        + difference.pattern()
                        + " "
                        + cut(difference.reference())
                        + " != "
                        + cut(difference.subject());
        Group group = groups.computeIfAbsent(field, Group::new);
        group.count++;
        group.first += first ? 1 : 0;
        if (group.examples.size() < 2 || (first && group.examples.size() < 4)) {
            group.examples.add(
                    "sequence "
                            + sequence
                            + (first ? " (first)" : "")
                            + " "
                            + cut(difference.toString(), 600)
                            + "\n        asked: "
                            + cut(String.valueOf(request), 900));
        }
    }

    private static String cut(String text) {
        return cut(text, MOST_CHARACTERS);
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most) + "…";
    }

    synchronized boolean isEmpty() {
        return groups.isEmpty();
    }

    synchronized String report() {
        StringBuilder report = new StringBuilder();
        List<Group> sorted = new ArrayList<>(groups.values());
        sorted.sort(
                Comparator.comparing((Group group) -> -group.first)
                        .thenComparing(group -> -group.count));
        for (Group group : sorted) {
            report.append(group.count)
                    .append(" times, ")
                    .append(group.first)
                    .append(" first: ")
                    .append(group.field)
                    .append('\n');
            group.examples.forEach(example -> report.append("    ").append(example).append('\n'));
        }
        return report.toString();
    }
}
