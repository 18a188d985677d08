package io.millrace.base.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the known name that a mistyped one most likely meant. */
public final class NearestName {
    private NearestName() {}

    /** {@code ", did you mean x?"}, or the empty text when nothing known is near. */
    public static String suggestion(String typed, Collection<String> known) {
        return find(typed, known).map(name -> ", did you mean " + name + "?").orElse("");
    }

    /** The known name with the fewest edits, if at most a third of its letters differ. */
    public static Optional<String> find(String typed, Collection<String> known) {
        return known.stream()
                .min(
                        Comparator.comparingInt((String name) -> distance(typed, name))
                                .thenComparing(name -> name))
                .filter(name -> distance(typed, name) <= Math.max(1, name.length() / 3));
    }

    /** Levenshtein distance: insertions, deletions and replacements of single characters. */
    static int distance(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[to.length() + 1];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(previous[j], row[j - 1]) + 1);
            }
            previous = row;
        }
        return previous[to.length()];
    }
}
