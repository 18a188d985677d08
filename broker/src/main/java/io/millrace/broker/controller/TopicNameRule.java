package io.millrace.broker.controller;

import io.millrace.metadata.image.MetadataImage;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which names a new topic may have: Kafka's rule, since the name is part of a directory's name, and
 * since metric names write a dot as an underscore: two topics that differ only there collide.
 */
public final class TopicNameRule {
    private static final int MAX_LENGTH = 249;

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

    /** Existing topics by the form of their name. */
    static Map<String, String> metricForms(MetadataImage image) {
        Map<String, String> forms = new HashMap<>();
        image.forEachTopic(topic -> forms.put(metricForm(topic.name()), topic.name()));
        return forms;
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
