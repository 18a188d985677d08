package io.millrace.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Figures of all rounds by measure and contestant. */
final class Figures {
    private final Map<Measure, Map<String, List<Double>>> values = new LinkedHashMap<>();

    /**
     * One thing that is measured.
     *
     * @param name for the table
     * @param unit for the table
     * @param higherIsBetter decides how the ratio is read
     */
    record Measure(String name, String unit, boolean higherIsBetter) {}

    void add(Measure measure, Contestant contestant, double value) {
        add(measure, contestant.name(), value);
    }

    void add(Measure measure, String contestant, double value) {
        values.computeIfAbsent(measure, key -> new LinkedHashMap<>())
                .computeIfAbsent(contestant, key -> new ArrayList<>())
                .add(value);
    }

    /** Takes over the figures of one round. */
    void addAll(Figures round) {
        round.values.forEach(
                (measure, byName) ->
                        byName.forEach(
                                (name, found) ->
                                        values.computeIfAbsent(
                                                        measure, key -> new LinkedHashMap<>())
                                                .computeIfAbsent(name, key -> new ArrayList<>())
                                                .addAll(found)));
    }

    /** A Markdown table of medians; the ratio is how many times better Millrace is. */
    String table(String ours, String theirs) {
        StringBuilder table = new StringBuilder();
        table.append("| measure | unit | ")
                .append(ours)
                .append(" | ")
                .append(theirs)
                .append(" | times better | rounds |\n");
        table.append("|---|---|---:|---:|---:|---:|\n");
        values.forEach(
                (measure, byName) -> {
                    double mine = median(byName.getOrDefault(ours, List.of()));
                    double other = median(byName.getOrDefault(theirs, List.of()));
                    double ratio = measure.higherIsBetter() ? mine / other : other / mine;
                    table.append(
                            String.format(
                                    "| %s | %s | %s | %s | %.2f | %d |%n",
                                    measure.name(),
                                    measure.unit(),
                                    text(mine),
                                    text(other),
                                    ratio,
                                    byName.values().iterator().next().size()));
                });
        return table.toString();
    }

    private static double median(List<Double> values) {
        if (values.isEmpty()) {
            return Double.NaN;
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static String text(double value) {
        return value >= 1000
                ? String.format("%,.0f", value)
                : String.format(value >= 100 ? "%.0f" : "%.2f", value);
    }
}
