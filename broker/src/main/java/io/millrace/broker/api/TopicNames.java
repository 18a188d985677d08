package io.millrace.broker.api;

/** Which names a topic may have: Kafka's rule, since a name is also part of a directory's name. */
public final class TopicNames {
    private static final int MAX_LENGTH = 249;

    private TopicNames() {}

    public static boolean isValid(String name) {
        return !name.isEmpty()
                && name.length() <= MAX_LENGTH
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().allMatch(TopicNames::isAllowed);
    }

    private static boolean isAllowed(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }
}
