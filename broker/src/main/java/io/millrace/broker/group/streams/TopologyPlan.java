package io.millrace.broker.group.streams;

import io.millrace.broker.group.consumer.TopicRegex;
import io.millrace.broker.group.streams.StreamsTopology.Copartition;
import io.millrace.broker.group.streams.StreamsTopology.InternalTopic;
import io.millrace.broker.group.streams.StreamsTopology.Subtopology;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a topology means with the topics that there are: how many tasks each subtopology has, which
 * internal topics are missing, and what keeps the application from running.
 *
 * @param taskCounts by subtopology; empty while there is a problem
 * @param stateful subtopologies with state
 * @param sources topics that each subtopology reads, expressions resolved
 * @param missing internal topics to create, with their numbers of partitions
 */
public record TopologyPlan(
        Map<String, Integer> taskCounts,
        Set<String> stateful,
        Map<String, Set<String>> sources,
        List<InternalTopic> missing,
        List<Problem> problems) {

    /** Why no tasks are given out; codes are the protocol's. */
    public record Problem(byte code, String detail) {}

    public static final byte STALE_TOPOLOGY = 0;
    public static final byte MISSING_SOURCE_TOPICS = 1;
    public static final byte INCORRECTLY_PARTITIONED_TOPICS = 2;
    public static final byte MISSING_INTERNAL_TOPICS = 3;
    public static final byte SHUTDOWN_APPLICATION = 4;

    /** Works out what the topology means with these topics. */
    public static TopologyPlan of(StreamsTopology topology, MetadataImage image) {
        return new Work(topology, image).plan();
    }

    /** All tasks. */
    public List<TaskSet.Task> tasks() {
        List<TaskSet.Task> tasks = new ArrayList<>();
        new TreeMap<>(taskCounts)
                .forEach(
                        (id, count) -> {
                            for (int partition = 0; partition < count; partition++) {
                                tasks.add(new TaskSet.Task(id, partition));
                            }
                        });
        return tasks;
    }

    /** One computation. */
    private static final class Work {
        private final StreamsTopology topology;
        private final MetadataImage image;
        private final Map<String, Set<String>> sources = new HashMap<>();

        /** Partitions of every topic of which they are known. */
        private final Map<String, Integer> counts = new HashMap<>();

        private final TreeSet<String> missingSources = new TreeSet<>();
        private final TreeSet<String> badlyPartitioned = new TreeSet<>();

        Work(StreamsTopology topology, MetadataImage image) {
            this.topology = topology;
            this.image = image;
        }

        TopologyPlan plan() {
            Set<String> repartitions = new TreeSet<>();
            for (Subtopology part : topology.subtopologies()) {
                part.repartitionSources().forEach(topic -> repartitions.add(topic.name()));
            }
            for (Subtopology part : topology.subtopologies()) {
                resolveSources(part, repartitions);
            }
            if (!missingSources.isEmpty()) {
                return stopped(
                        MISSING_SOURCE_TOPICS,
                        "Source topics " + String.join(", ", missingSources) + " are missing.");
            }
            countRepartitions(repartitions);
            topology.subtopologies().forEach(this::checkCopartitions);
            Map<String, Integer> tasks = new TreeMap<>();
            Set<String> stateful = new TreeSet<>();
            Map<String, InternalTopic> internal = new TreeMap<>();
            for (Subtopology part : topology.subtopologies()) {
                int count = mostPartitions(part);
                tasks.put(part.id(), count);
                if (!part.changelogs().isEmpty()) {
                    stateful.add(part.id());
                }
                part.changelogs().forEach(log -> internal.put(log.name(), sized(log, count)));
                part.repartitionSources()
                        .forEach(
                                topic ->
                                        internal.put(
                                                topic.name(),
                                                sized(
                                                        topic,
                                                        counts.getOrDefault(topic.name(), 0))));
            }
            List<InternalTopic> missing = new ArrayList<>();
            for (InternalTopic topic : internal.values()) {
                TopicImage there = image.topic(topic.name());
                if (there == null) {
                    missing.add(topic);
                } else if (there.partitionCount() != topic.partitions()) {
                    badlyPartitioned.add(
                            topic.name()
                                    + " (has "
                                    + there.partitionCount()
                                    + " partitions, needs "
                                    + topic.partitions()
                                    + ")");
                }
            }
            return finish(tasks, stateful, missing);
        }

        private TopologyPlan finish(
                Map<String, Integer> tasks, Set<String> stateful, List<InternalTopic> missing) {
            if (!badlyPartitioned.isEmpty()) {
                return stopped(
                        INCORRECTLY_PARTITIONED_TOPICS,
                        "Topics are incorrectly partitioned: "
                                + String.join(", ", badlyPartitioned)
                                + ".");
            }
            if (!missing.isEmpty()) {
                List<String> names = missing.stream().map(InternalTopic::name).toList();
                Problem problem =
                        new Problem(
                                MISSING_INTERNAL_TOPICS, "Internal topics are missing: " + names);
                return new TopologyPlan(Map.of(), stateful, sources, missing, List.of(problem));
            }
            return new TopologyPlan(tasks, stateful, sources, List.of(), List.of());
        }

        private TopologyPlan stopped(byte code, String detail) {
            return new TopologyPlan(
                    Map.of(), Set.of(), sources, List.of(), List.of(new Problem(code, detail)));
        }

        private void resolveSources(Subtopology part, Set<String> repartitions) {
            Set<String> read = new TreeSet<>(part.sourceTopics());
            for (String regex : part.sourceRegexes()) {
                Set<String> found = matching(regex);
                found.removeAll(repartitions);
                if (found.isEmpty()) {
                    missingSources.add(regex);
                }
                read.addAll(found);
            }
            for (String name : read) {
                TopicImage topic = image.topic(name);
                if (topic == null) {
                    missingSources.add(name);
                } else {
                    counts.put(name, topic.partitionCount());
                }
            }
            part.repartitionSources().forEach(topic -> read.add(topic.name()));
            sources.put(part.id(), read);
        }

        /** Repartition topics have as many partitions as who writes to them has tasks. */
        private void countRepartitions(Set<String> repartitions) {
            for (Subtopology part : topology.subtopologies()) {
                for (InternalTopic topic : part.repartitionSources()) {
                    if (topic.partitions() > 0) {
                        counts.put(topic.name(), topic.partitions());
                    }
                }
            }
            // Each round decides at least one topic of a topology without cycles.
            for (int round = 0; round <= repartitions.size(); round++) {
                topology.subtopologies().forEach(this::alignCopartitions);
                for (String topic : repartitions) {
                    if (!counts.containsKey(topic)) {
                        decide(topic);
                    }
                }
            }
            for (String topic : repartitions) {
                if (!counts.containsKey(topic)) {
                    badlyPartitioned.add(topic + " (its number of partitions does not follow)");
                }
            }
        }

        private void decide(String topic) {
            int most = 0;
            for (Subtopology writer : topology.subtopologies()) {
                if (writer.repartitionSinks().contains(topic)) {
                    for (String source : sources.getOrDefault(writer.id(), Set.of())) {
                        Integer count = counts.get(source);
                        if (count == null) {
                            return;
                        }
                        most = Math.max(most, count);
                    }
                }
            }
            if (most > 0) {
                counts.put(topic, most);
            }
        }

        private void alignCopartitions(Subtopology part) {
            for (Copartition group : part.copartitions()) {
                Set<String> members = membersOf(part, group);
                int most =
                        members.stream()
                                .mapToInt(name -> counts.getOrDefault(name, 0))
                                .max()
                                .orElse(0);
                boolean external = group.sourceTopics().size() + group.sourceRegexes().size() > 0;
                for (String name : members) {
                    if (most > 0 && external) {
                        counts.putIfAbsent(name, most);
                    }
                }
            }
        }

        private void checkCopartitions(Subtopology part) {
            for (Copartition group : part.copartitions()) {
                Set<Integer> different = new TreeSet<>();
                Set<String> members = membersOf(part, group);
                members.forEach(name -> different.add(counts.getOrDefault(name, 0)));
                if (different.size() > 1) {
                    badlyPartitioned.add(
                            members + " must have the same number of partitions, not " + different);
                }
            }
        }

        private Set<String> membersOf(Subtopology part, Copartition group) {
            Set<String> members = new TreeSet<>();
            group.sourceTopics().forEach(i -> members.add(part.sourceTopics().get(i)));
            for (short i : group.sourceRegexes()) {
                members.addAll(matching(part.sourceRegexes().get(i)));
            }
            group.repartitionSources()
                    .forEach(i -> members.add(part.repartitionSources().get(i).name()));
            return members;
        }

        private Set<String> matching(String regex) {
            List<String> names = new ArrayList<>();
            image.forEachTopic(topic -> names.add(topic.name()));
            // What cannot be compiled finds nothing: its source is missing, and is said to be.
            return TopicRegex.find(regex).map(r -> r.matching(names)).orElseGet(TreeSet::new);
        }

        private int mostPartitions(Subtopology part) {
            return sources.getOrDefault(part.id(), Set.of()).stream()
                    .mapToInt(name -> counts.getOrDefault(name, 0))
                    .max()
                    .orElse(0);
        }

        private static InternalTopic sized(InternalTopic topic, int partitions) {
            return new InternalTopic(topic.name(), partitions, topic.replicas(), topic.configs());
        }
    }
}
