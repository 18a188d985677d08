package io.millrace.clients.consumer;

/**
 * A regular expression that the group's coordinator matches with the whole names of topics, in the
 * syntax of RE2: topics created later join by themselves, and the client need not know all there
 * are. Needs {@code group.protocol=consumer}.
 */
public record SubscriptionPattern(String pattern) {
    public SubscriptionPattern {
        if (pattern.isEmpty()) {
            throw new IllegalArgumentException("the pattern is empty and matches no topic");
        }
    }

    @Override
    public String toString() {
        return pattern;
    }
}
