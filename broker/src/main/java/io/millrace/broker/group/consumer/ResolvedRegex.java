package io.millrace.broker.group.consumer;

import java.util.Set;
import java.util.TreeSet;

/**
 * The topics that a regular expression stands for.
 *
 * @param topics names, in order
 * @param metadataOffset offset of the metadata it was evaluated on
 * @param resolvedAtMs wall clock of the evaluation
 */
public record ResolvedRegex(Set<String> topics, long metadataOffset, long resolvedAtMs) {
    public ResolvedRegex {
        topics = new TreeSet<>(topics);
    }
}
