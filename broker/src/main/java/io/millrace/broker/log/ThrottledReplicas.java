package io.millrace.broker.log;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which replicas of a topic are copied no faster than a quota allows. Immutable.
 *
 * @param all every replica of the topic
 * @param some {@code partition:broker}, where not all
 */
public record ThrottledReplicas(boolean all, Set<String> some) {
    public static final ThrottledReplicas NONE = new ThrottledReplicas(false, Set.of());
    private static final ThrottledReplicas ALL = new ThrottledReplicas(true, Set.of());

    public ThrottledReplicas {
        some = Set.copyOf(some);
    }

    /** From the topic's configuration: {@code *}, or a list of {@code partition:broker}. */
    static ThrottledReplicas of(List<String> entries) {
        if (entries.isEmpty()) {
            return NONE;
        }
        return entries.contains("*") ? ALL : new ThrottledReplicas(false, new HashSet<>(entries));
    }

    public boolean contains(int partition, int broker) {
        return all || (!some.isEmpty() && some.contains(partition + ":" + broker));
    }
}
