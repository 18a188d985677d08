package io.millrace.broker.controller;

import io.millrace.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which names a new topic may have: Kafka's rule, since the name is part of a directory's name, and
 * since metric names write a dot as an underscore: two topics that differ only there collide.
 */
public final class TopicNameRule {
    private static final int MAX_LENGTH = 249;

    /** Dots and underscores of a name up to which its other forms are tried one by one. */
    private static final int MAX_TRIED_MARKS = 6;

    private TopicNameRule() {}

    /** Why no topic may have this name; empty if it may. */
    public static Optional<String> problem(String name) {
        if (name.isEmpty()) {
            return Optional.of("a topic name must not be empty");
        }
        if (name.equals(".") || name.equals("..")) {
            return Optional.of("a topic must not be named '" + name + "'");
        }
        if (name.length() > MAX_LENGTH) {
            return Optional.of(
                    "topic name of " + name.length() + " characters; the limit is " + MAX_LENGTH);
        }
        if (!name.chars().allMatch(TopicNameRule::isAllowed)) {
            return Optional.of(
                    "topic name '"
                            + name
                            + "' has other characters than letters, digits, '.', '_' and '-'");
        }
        return Optional.empty();
    }

    /** Names that collide are equal in this form. */
    static String metricForm(String name) {
        return name.replace('.', '_');
    }

    /**
     * A topic whose name collides with this one, itself excepted. Other names with the same form
     * are tried one by one while they are few; else all topics are looked at.
     */
    static Optional<String> collision(MetadataImage image, String name) {
        int[] places = name.chars().map(c -> c == '.' || c == '_' ? 1 : 0).toArray();
        int marks = java.util.Arrays.stream(places).sum();
        if (marks <= MAX_TRIED_MARKS) {
            for (int choice = 0; choice < 1 << marks; choice++) {
                String other = written(name, choice);
                if (!other.equals(name) && image.topic(other) != null) {
                    return Optional.of(other);
                }
            }
            return Optional.empty();
        }
        List<String> found = new ArrayList<>();
        String form = metricForm(name);
        image.forEachTopic(
                topic -> {
                    if (!topic.name().equals(name) && metricForm(topic.name()).equals(form)) {
                        found.add(topic.name());
                    }
                });
        return found.stream().findFirst();
    }

    /** The name with the n-th of its marks a dot or an underscore, as the n-th bit says. */
    private static String written(String name, int choice) {
        StringBuilder other = new StringBuilder(name);
        int mark = 0;
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) == '.' || name.charAt(i) == '_') {
                other.setCharAt(i, (choice >> mark++ & 1) == 0 ? '.' : '_');
            }
        }
        return other.toString();
    }

    private static boolean isAllowed(int c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || c == '.'
                || c == '_'
                || c == '-';
    }
}
