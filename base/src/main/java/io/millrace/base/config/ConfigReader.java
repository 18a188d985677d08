package io.millrace.base.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads typed values out of raw text and collects every problem, so that an operator sees all of
 * them at once. Used by one thread while something starts: several feature records read their keys,
 * then {@link #finish} reports.
 */
public final class ConfigReader {
    private final String source;
    private final Map<String, String> values;
    private final Set<String> known = new LinkedHashSet<>();
    private final List<String> problems = new ArrayList<>();

    /**
     * @param source where the values came from, for messages: a file name or a topic
     * @param values key to text
     */
    public ConfigReader(String source, Map<String, String> values) {
        this.source = source;
        this.values = new TreeMap<>(values);
    }

    /**
     * The value given, else the default. After a problem the default stands in, so that reading can
     * go on.
     */
    public <T> T get(ConfigKey<T> key) {
        known.add(key.name());
        String given = values.get(key.name());
        if (given == null) {
            return defaultOf(key);
        }
        try {
            return key.parser().apply(given);
        } catch (IllegalArgumentException e) {
            String shown = key.isSensitive() ? "[hidden]" : given;
            problems.add(key.name() + "=" + shown + " is not " + e.getMessage());
            return defaultOf(key);
        }
    }

    /** The value given, or empty; the key's default does not count. */
    public <T> Optional<T> find(ConfigKey<T> key) {
        return values.containsKey(key.name()) ? Optional.of(get(key)) : markKnown(key);
    }

    /** Whether the key was given at all. */
    public boolean has(ConfigKey<?> key) {
        return values.containsKey(key.name());
    }

    /** Accepts keys that another part reads later, so that they do not count as unknown. */
    public void accept(Collection<String> names) {
        known.addAll(names);
    }

    /** All values whose key starts with the prefix, prefix removed; they count as known. */
    public Map<String, String> withPrefix(String prefix) {
        Map<String, String> found = new TreeMap<>();
        values.forEach(
                (key, value) -> {
                    if (key.startsWith(prefix)) {
                        known.add(key);
                        found.put(key.substring(prefix.length()), value);
                    }
                });
        return found;
    }

    /** Adds a problem that spans several keys. */
    public void problem(String text) {
        problems.add(text);
    }

    /**
     * Ends the reading.
     *
     * @throws ConfigException with every problem and every unknown key
     */
    public void finish() {
        List<String> all = new ArrayList<>(problems);
        for (String key : values.keySet()) {
            if (!known.contains(key)) {
                all.add(key + " is unknown" + NearestName.suggestion(key, known));
            }
        }
        if (!all.isEmpty()) {
            throw new ConfigException(source, all);
        }
    }

    private <T> T defaultOf(ConfigKey<T> key) {
        Optional<String> text = key.defaultText();
        if (text.isEmpty() && !values.containsKey(key.name())) {
            problems.add(
                    key.name() + " is missing" + (key.doc().isEmpty() ? "" : ": " + key.doc()));
        }
        if (text.isEmpty()) {
            // Nothing sensible can go on without it.
            throw new ConfigException(source, problems);
        }
        return key.parser().apply(text.get());
    }

    private <T> Optional<T> markKnown(ConfigKey<T> key) {
        known.add(key.name());
        return Optional.empty();
    }
}
