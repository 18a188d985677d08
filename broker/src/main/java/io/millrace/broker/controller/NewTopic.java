package io.millrace.broker.controller;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A topic somebody wants.
 *
 * @param partitionCount empty = the cluster's default
 * @param replicationFactor empty = the cluster's default
 * @param assignment replicas by partition index when the client chose them; both numbers are empty
 *     then
 */
public record NewTopic(
        String name,
        OptionalInt partitionCount,
        OptionalInt replicationFactor,
        SortedMap<Integer, List<Integer>> assignment,
        Map<String, String> configs) {
    public NewTopic {
        configs = Map.copyOf(configs);
    }

    /** A topic with the cluster's defaults, as automatic creation wants it. */
    public static NewTopic withDefaults(String name) {
        return new NewTopic(
                name, OptionalInt.empty(), OptionalInt.empty(), new TreeMap<>(), Map.of());
    }

    /** A topic whose size the broker decides, as internal topics are. */
    public static NewTopic sized(
            String name, int partitions, int replicas, Map<String, String> configs) {
        return new NewTopic(
                name,
                OptionalInt.of(partitions),
                OptionalInt.of(replicas),
                new TreeMap<>(),
                configs);
    }
}
