package io.millrace.system.differential;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The written list of differences that are meant to be, each with its reason. One line each: API,
 * versions, path, what the reference says, what the subject says, reason, separated by {@code |}.
 * In all but the reason {@code *} stands for anything; a path may be followed by {@code @} and the
 * key of the element that it lies in, and by {@code ?} and {@code field=value}, what the subject
 * says beside it.
 */
final class IntendedDifferences {
    private static final int MOST_SAMPLES = 8;
    private static final int MOST_CHARACTERS = 24;

    private final List<Entry> entries;

    private static final class Entry {
        private final String line;
        private final Pattern api;
        private final int lowest;
        private final int highest;
        private final Pattern path;
        private final Pattern owner;
        private final Pattern reference;
        private final Pattern subject;
        private final String field;
        private final Pattern beside;
        private final TreeSet<String> samples = new TreeSet<>();
        private int uses;

        Entry(String line) {
            this.line = line;
            String[] parts = line.split("\\|", 6);
            if (parts.length != 6 || parts[5].isBlank()) {
                throw new IllegalArgumentException(
                        "not 'api | versions | path | reference | subject | reason': " + line);
            }
            api = glob(parts[0]);
            String[] versions = parts[1].trim().split("-");
            boolean all = versions[0].equals("*");
            lowest = all ? 0 : Integer.parseInt(versions[0]);
            highest = all ? Short.MAX_VALUE : Integer.parseInt(versions[versions.length - 1]);
            String[] condition = parts[2].trim().split("\\?", 2);
            String[] said = condition.length == 1 ? null : condition[1].split("=", 2);
            field = said == null ? null : said[0];
            beside = said == null ? null : glob(said[1]);
            String[] place = condition[0].split("@", 2);
            path = glob(place[0]);
            owner = glob(place.length == 1 ? "*" : place[1]);
            reference = glob(parts[3]);
            subject = glob(parts[4]);
        }

        private static Pattern glob(String text) {
            String quoted = Pattern.quote(text.trim()).replace("*", "\\E.*\\Q");
            return Pattern.compile(quoted, Pattern.DOTALL);
        }

        boolean explains(Difference difference) {
            return difference.version() >= lowest
                    && difference.version() <= highest
                    && api.matcher(difference.api()).matches()
                    && path.matcher(difference.pattern()).matches()
                    && owner.matcher(difference.owner()).matches()
                    && reference.matcher(difference.reference()).matches()
                    && subject.matcher(difference.subject()).matches()
                    && (field == null
                            || beside.matcher(String.valueOf(difference.beside().get(field)))
                                    .matches());
        }

        void use(Difference difference) {
            uses++;
            if (samples.size() < MOST_SAMPLES) {
                samples.add(cut(difference.reference()) + " != " + cut(difference.subject()));
            }
        }

        private static String cut(String text) {
            return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS);
        }
    }

    private IntendedDifferences(List<Entry> entries) {
        this.entries = entries;
    }

    static IntendedDifferences none() {
        return new IntendedDifferences(List.of());
    }

    static IntendedDifferences read(String resource) {
        try (InputStream in = IntendedDifferences.class.getResourceAsStream(resource)) {
            List<Entry> entries = new ArrayList<>();
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (String line : text.lines().toList()) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    entries.add(new Entry(line));
                }
            }
            return new IntendedDifferences(entries);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource, e);
        }
    }

    synchronized boolean explains(Difference difference) {
        for (Entry entry : entries) {
            if (entry.explains(difference)) {
                entry.use(difference);
                return true;
            }
        }
        return false;
    }

    /** Lines that explained nothing. */
    synchronized List<String> unused() {
        return entries.stream().filter(entry -> entry.uses == 0).map(entry -> entry.line).toList();
    }

    /** Lines that explained something, with how often, and what for example. */
    synchronized List<String> used() {
        TreeSet<String> used = new TreeSet<>();
        entries.stream()
                .filter(entry -> entry.uses > 0)
                .forEach(entry -> used.add(entry.uses + " x " + entry.line + " " + entry.samples));
        return List.copyOf(used);
    }
}
