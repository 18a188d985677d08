package io.millrace.streams.runtime;

import io.millrace.clients.consumer.PartitionAssignor.TopicPartitionCounts;
import io.millrace.streams.errors.TopologyException;
import io.millrace.streams.processor.TaskId;
import io.millrace.streams.topology.RepartitionTopic;
import io.millrace.streams.topology.SubTopology;
import io.millrace.streams.topology.TopologyGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How many partitions every topic of a topology has or will have, and what tasks follow from that.
 *
 * @param counts partitions by topic name in the cluster, repartition topics included
 * @param tasks number of tasks by sub-topology; those that wait for a topic are absent
 * @param missing external topics that do not exist
 */
record PartitionPlan(
        Map<String, Integer> counts, Map<Integer, Integer> tasks, Set<String> missing) {
    PartitionPlan {
        counts = Map.copyOf(counts);
        tasks = new TreeMap<>(tasks);
        missing = new TreeSet<>(missing);
    }

    /**
     * @throws TopologyException if topics that are joined have different partition counts (rule 35)
     */
    static PartitionPlan of(
            TopologyGraph graph, String applicationId, TopicPartitionCounts cluster) {
        return new Planning(graph, applicationId, cluster).plan();
    }

    /** All tasks, spread so that neighbours in the list are of different partitions. */
    List<TaskId> allTasks() {
        List<TaskId> all = new ArrayList<>();
        tasks.forEach(
                (part, count) -> {
                    for (int i = 0; i < count; i++) {
                        all.add(new TaskId(part, i));
                    }
                });
        return all;
    }

    /** The state of one planning. Topics by their declared names. */
    private static final class Planning {
        private final TopologyGraph graph;
        private final String applicationId;
        private final TopicPartitionCounts cluster;
        private final Map<String, Integer> counts = new HashMap<>();
        private final Set<String> missing = new TreeSet<>();
        private final List<SubTopology> parts;

        Planning(TopologyGraph graph, String applicationId, TopicPartitionCounts cluster) {
            this.graph = graph;
            this.applicationId = applicationId;
            this.cluster = cluster;
            this.parts = graph.subTopologies();
        }

        PartitionPlan plan() {
            for (SubTopology part : parts) {
                part.sourceTopics().forEach(this::look);
            }
            // Repartition topics may follow from one another: go on while something is learned.
            int before;
            do {
                before = counts.size();
                adoptFromJoins();
                adoptFromWriters();
            } while (counts.size() > before);
            checkJoins();
            Map<Integer, Integer> tasks = new HashMap<>();
            for (SubTopology part : parts) {
                OptionalInt count = taskCount(part);
                count.ifPresent(number -> tasks.put(part.id(), number));
            }
            Map<String, Integer> byClusterName = new HashMap<>();
            counts.forEach(
                    (topic, count) ->
                            byClusterName.put(graph.clusterName(applicationId, topic), count));
            return new PartitionPlan(byClusterName, tasks, missing);
        }

        private void look(String topic) {
            RepartitionTopic internal = graph.repartitionTopics().get(topic);
            if (internal != null) {
                internal.partitions().ifPresent(count -> counts.put(topic, count));
                return;
            }
            OptionalInt found = cluster.partitionCount(topic);
            if (found.isPresent()) {
                counts.put(topic, found.getAsInt());
            } else {
                missing.add(topic);
            }
        }

        /** A repartition topic adopts the count of the external topics it is joined with. */
        private void adoptFromJoins() {
            for (Set<String> joined : graph.copartitionedTopics()) {
                OptionalInt external =
                        joined.stream()
                                .filter(topic -> !adopts(topic) && counts.containsKey(topic))
                                .mapToInt(counts::get)
                                .findFirst();
                external.ifPresent(
                        count ->
                                joined.stream()
                                        .filter(this::adopts)
                                        .forEach(topic -> counts.put(topic, count)));
            }
        }

        /** Else the highest count of the sub-topologies that write it; joined ones the same. */
        private void adoptFromWriters() {
            for (String topic : graph.repartitionTopics().keySet()) {
                if (counts.containsKey(topic)) {
                    continue;
                }
                int highest = 0;
                for (SubTopology part : parts) {
                    if (part.sinkTopics().contains(topic)) {
                        highest = Math.max(highest, taskCount(part).orElse(0));
                    }
                }
                if (highest > 0) {
                    counts.put(topic, highest);
                }
            }
            for (Set<String> joined : graph.copartitionedTopics()) {
                if (joined.stream().allMatch(topic -> adopts(topic) && counts.containsKey(topic))) {
                    int highest = joined.stream().mapToInt(counts::get).max().orElse(1);
                    joined.forEach(topic -> counts.put(topic, highest));
                }
            }
        }

        private boolean adopts(String topic) {
            RepartitionTopic internal = graph.repartitionTopics().get(topic);
            return internal != null && internal.partitions().isEmpty();
        }

        private void checkJoins() {
            for (Set<String> joined : graph.copartitionedTopics()) {
                Map<String, Integer> known = new TreeMap<>();
                joined.stream()
                        .filter(counts::containsKey)
                        .forEach(topic -> known.put(topic, counts.get(topic)));
                if (known.values().stream().distinct().count() > 1) {
                    throw new TopologyException(
                            "topics that are joined must have the same number of partitions: "
                                    + known
                                    + "; put repartition() in front of the join");
                }
            }
        }

        /** Empty while a topic is missing. */
        private OptionalInt taskCount(SubTopology part) {
            int highest = 0;
            for (String topic : part.sourceTopics()) {
                Integer count = counts.get(topic);
                if (count == null) {
                    return OptionalInt.empty();
                }
                highest = Math.max(highest, count);
            }
            return OptionalInt.of(highest);
        }
    }
}
