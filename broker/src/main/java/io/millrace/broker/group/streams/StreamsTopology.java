package io.millrace.broker.group.streams;

import java.util.List;
import java.util.Map;

/**
 * What a streams application reads, writes and keeps, as its members describe it.
 *
 * @param epoch rises when a new version of the application comes
 */
public record StreamsTopology(int epoch, List<Subtopology> subtopologies) {
    public StreamsTopology {
        subtopologies = List.copyOf(subtopologies);
    }

    /** A part whose tasks are independent of the others'. */
    public record Subtopology(
            String id,
            List<String> sourceTopics,
            List<String> sourceRegexes,
            List<InternalTopic> changelogs,
            List<String> repartitionSinks,
            List<InternalTopic> repartitionSources,
            List<Copartition> copartitions) {}

    /**
     * A topic that the broker creates for the application.
     *
     * @param partitions 0 = as many as follow from the topology
     * @param replicas 0 = the broker's default
     */
    public record InternalTopic(
            String name, int partitions, short replicas, Map<String, String> configs) {}

    /** Sources that must have the same number of partitions, as indexes into their lists. */
    public record Copartition(
            List<Short> sourceTopics, List<Short> sourceRegexes, List<Short> repartitionSources) {}
}
