package io.millrace.connectors.postgres.cdc.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;

/** {@code message.key.columns}: {@code schema.table:col1,col2;…}, keys chosen by the operator. */
public record KeyColumns(List<Rule> rules) {
    /** The tables that match take {@code columns} as their key. */
    public record Rule(Pattern table, List<String> columns) {
        public Rule {
            columns = List.copyOf(columns);
        }
    }

    public KeyColumns {
        rules = List.copyOf(rules);
    }

    static KeyColumns parse(String key, String text) {
        List<Rule> rules = new ArrayList<>();
        for (String part : text.split(";")) {
            if (part.isBlank()) {
                continue;
            }
            int colon = part.lastIndexOf(':');
            if (colon <= 0 || colon == part.length() - 1) {
                throw new ConfigException(key, part, "expected schema.table:column[,column]");
            }
            List<Pattern> table = TableFilter.patterns(key, List.of(part.substring(0, colon)));
            List<String> columns = new ArrayList<>();
            for (String column : part.substring(colon + 1).split(",")) {
                columns.add(column.trim());
            }
            rules.add(new Rule(table.get(0), columns));
        }
        return new KeyColumns(rules);
    }

    public Optional<List<String>> of(String schema, String table) {
        String name = schema + "." + table;
        return rules.stream()
                .filter(rule -> rule.table().matcher(name).matches())
                .map(Rule::columns)
                .findFirst();
    }
}
