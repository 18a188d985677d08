package io.millrace.connectors.postgres.cdc.config;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.ConfigException;

/**
 * Which tables are captured: include and exclude lists of regular expressions that must match the
 * whole {@code schema} or {@code schema.table}, ignoring case. An empty include list means all.
 */
public record TableFilter(
        List<Pattern> schemaInclude,
        List<Pattern> schemaExclude,
        List<Pattern> tableInclude,
        List<Pattern> tableExclude) {
    private static final List<String> SYSTEM_SCHEMAS = List.of("pg_catalog", "information_schema");

    public TableFilter {
        schemaInclude = List.copyOf(schemaInclude);
        schemaExclude = List.copyOf(schemaExclude);
        tableInclude = List.copyOf(tableInclude);
        tableExclude = List.copyOf(tableExclude);
    }

    public boolean accepts(String schema, String table) {
        String name = schema + "." + table;
        return !SYSTEM_SCHEMAS.contains(schema.toLowerCase(Locale.ROOT))
                && (schemaInclude.isEmpty() || any(schemaInclude, schema))
                && !any(schemaExclude, schema)
                && (tableInclude.isEmpty() || any(tableInclude, name))
                && !any(tableExclude, name);
    }

    public boolean namesTables() {
        return !tableInclude.isEmpty() || !schemaInclude.isEmpty();
    }

    private static boolean any(List<Pattern> patterns, String name) {
        for (Pattern pattern : patterns) {
            if (pattern.matcher(name).matches()) {
                return true;
            }
        }
        return false;
    }

    /** The patterns of one configuration value. */
    static List<Pattern> patterns(String key, List<String> values) {
        return values.stream()
                .map(String::trim)
                .filter(text -> !text.isEmpty())
                .map(text -> pattern(key, text))
                .toList();
    }

    private static Pattern pattern(String key, String text) {
        try {
            return Pattern.compile(text, Pattern.CASE_INSENSITIVE);
        } catch (PatternSyntaxException e) {
            throw new ConfigException(
                    key, text, "is not a regular expression: " + e.getDescription());
        }
    }
}
