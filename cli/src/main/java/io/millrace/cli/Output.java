package io.millrace.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * How a command answers: rows as a table for people, or with {@code --json} one JSON object per
 * line for programs.
 */
final class Output {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(names = "--json", description = "One JSON object per line.")
    boolean json;

    @Spec(Spec.Target.MIXEE)
    CommandSpec command = CommandSpec.create();

    /** Prints rows that all have the same columns, in the order given. */
    void rows(List<String> columns, List<List<Object>> rows) {
        if (json) {
            rows.forEach(row -> object(asMap(columns, row)));
            return;
        }
        List<Integer> widths = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            int column = i;
            int widest =
                    rows.stream()
                            .mapToInt(row -> String.valueOf(row.get(column)).length())
                            .max()
                            .orElse(0);
            widths.add(Math.max(columns.get(i).length(), widest));
        }
        line(widths, columns);
        rows.forEach(row -> line(widths, row));
    }

    /** Prints a sentence for people, or the object for programs. */
    void done(String sentence, Map<String, Object> object) {
        if (json) {
            object(object);
        } else {
            out().println(sentence);
        }
    }

    /** Prints one JSON object on a line of its own. */
    void object(Map<String, Object> object) {
        try {
            out().println(JSON.writeValueAsString(object));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot print " + object.keySet() + " as JSON", e);
        }
    }

    PrintWriter out() {
        return command.commandLine().getOut();
    }

    private void line(List<Integer> widths, List<?> cells) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            String cell = String.valueOf(cells.get(i));
            line.append(cell);
            if (i < cells.size() - 1) {
                line.append(" ".repeat(widths.get(i) - cell.length() + 2));
            }
        }
        out().println(line);
    }

    private static Map<String, Object> asMap(List<String> columns, List<Object> row) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            map.put(
                    columns.get(i).toLowerCase(java.util.Locale.ROOT).replace(' ', '_'),
                    row.get(i));
        }
        return map;
    }
}
