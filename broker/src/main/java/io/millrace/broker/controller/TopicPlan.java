package io.millrace.broker.controller;

import io.millrace.base.time.RandomSource;
import io.millrace.broker.config.ConfigCatalog;
import io.millrace.broker.config.ConfigProblem;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.RemoveTopic;
import io.millrace.metadata.record.TopicCreated;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Decides about topics: create, grow, delete. Pure: everything comes from the image and the
 * request. Each item stands alone; one that is rejected does not hinder the others.
 */
final class TopicPlan {
    /** Bound on what one request may create, so that it fits a few batches. */
    static final int MAX_PARTITIONS_PER_REQUEST = 10_000;

    /** Tools know it as the name of Raft's own log. */
    private static final String METADATA_TOPIC = "__cluster_metadata";

    private final MetadataImage image;
    private final ControllerConfig config;
    private final ConfigCatalog catalog;
    private final RandomSource random;
    private final List<MetadataRecord> records = new ArrayList<>();
    private final Map<String, String> newForms = new HashMap<>();
    private int partitions;

    TopicPlan(
            MetadataImage image,
            ControllerConfig config,
            ConfigCatalog catalog,
            RandomSource random) {
        this.image = image;
        this.config = config;
        this.catalog = catalog;
        this.random = random;
    }

    /** Thrown inside one item, caught around it. */
    private static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;
        private final ErrorCode error;

        Refusal(ErrorCode error, String why) {
            super(why, null, false, false);
            this.error = error;
        }

        <T> AdminResult<T> result() {
            return new AdminResult.Rejected<>(error, String.valueOf(getMessage()));
        }
    }

    Decision<List<AdminResult<CreatedTopic>>> create(List<NewTopic> topics, boolean validateOnly) {
        Map<String, Integer> times = new HashMap<>();
        topics.forEach(topic -> times.merge(topic.name(), 1, Integer::sum));
        List<AdminResult<CreatedTopic>> results = new ArrayList<>(topics.size());
        for (NewTopic topic : topics) {
            try {
                if (times.getOrDefault(topic.name(), 0) > 1) {
                    throw new Refusal(
                            ErrorCode.INVALID_REQUEST,
                            "topic " + topic.name() + " is in the request more than once");
                }
                results.add(new AdminResult.Done<>(createOne(topic)));
            } catch (Refusal refusal) {
                results.add(refusal.result());
            }
        }
        return new Decision<>(validateOnly ? List.of() : records, results);
    }

    private CreatedTopic createOne(NewTopic topic) throws Refusal {
        String name = topic.name();
        Optional<String> badName = TopicNameRule.problem(name);
        if (badName.isPresent()) {
            throw new Refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, badName.get());
        }
        if (name.equals(METADATA_TOPIC)) {
            throw new Refusal(
                    ErrorCode.INVALID_REQUEST,
                    "topic name '" + name + "' is kept for the log of the cluster's metadata");
        }
        if (image.topic(name) != null) {
            throw new Refusal(
                    ErrorCode.TOPIC_ALREADY_EXISTS, "Topic '" + name + "' already exists.");
        }
        refuseCollision(name);
        for (Map.Entry<String, String> entry : topic.configs().entrySet()) {
            refuse(
                    catalog.problem(
                            image, ConfigResource.topic(name), entry.getKey(), entry.getValue()));
        }
        refuse(catalog.problemTogether(image, ConfigResource.topic(name), topic.configs()));
        List<List<Integer>> replicas =
                topic.assignment().isEmpty() ? placed(topic) : assigned(topic);
        admit(replicas.size());
        newForms.put(TopicNameRule.metricForm(name), name);
        UUID id = random.nextUuid();
        records.add(new TopicCreated(id, name));
        addPartitions(id, 0, replicas);
        new TreeMap<>(topic.configs())
                .forEach(
                        (key, value) ->
                                records.add(
                                        new ConfigChange(ConfigResource.topic(name), key, value)));
        return new CreatedTopic(id, name, replicas.size(), replicas.get(0).size(), topic.configs());
    }

    private static void refuse(Optional<ConfigProblem> problem) throws Refusal {
        if (problem.isPresent()) {
            throw new Refusal(problem.get().error(), problem.get().why());
        }
    }

    private void refuseCollision(String name) throws Refusal {
        String other =
                TopicNameRule.collision(image, name)
                        .orElse(newForms.get(TopicNameRule.metricForm(name)));
        if (other != null) {
            throw new Refusal(
                    ErrorCode.INVALID_TOPIC_EXCEPTION,
                    "topic name '"
                            + name
                            + "' collides with '"
                            + other
                            + "': dots and underscores are the same in metric names");
        }
    }

    private List<List<Integer>> placed(NewTopic topic) throws Refusal {
        int count = topic.partitionCount().orElse(config.defaultPartitions());
        int replicationFactor = topic.replicationFactor().orElse(config.defaultReplicationFactor());
        if (count < 1) {
            throw new Refusal(
                    ErrorCode.INVALID_PARTITIONS,
                    "topic " + topic.name() + ": number of partitions " + count + " is below 1");
        }
        admit(count);
        partitions -= count;
        checkFactor(topic.name(), replicationFactor);
        ReplicaPlacer placer = ReplicaPlacer.of(image, replicationFactor, 0, random);
        List<List<Integer>> replicas = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            replicas.add(placer.place());
        }
        return replicas;
    }

    private void checkFactor(String topic, int replicationFactor) throws Refusal {
        int brokers = ReplicaPlacer.capacity(image);
        if (replicationFactor < 1 || replicationFactor > brokers) {
            throw new Refusal(
                    ErrorCode.INVALID_REPLICATION_FACTOR,
                    "topic "
                            + topic
                            + ": replication factor "
                            + replicationFactor
                            + " is not between 1 and the number of available brokers, "
                            + brokers);
        }
    }

    private List<List<Integer>> assigned(NewTopic topic) throws Refusal {
        if (topic.partitionCount().isPresent() || topic.replicationFactor().isPresent()) {
            throw new Refusal(
                    ErrorCode.INVALID_REQUEST,
                    "topic "
                            + topic.name()
                            + ": with a replica assignment, the number of partitions and the"
                            + " replication factor must both be -1");
        }
        List<List<Integer>> replicas = new ArrayList<>(topic.assignment().size());
        for (Map.Entry<Integer, List<Integer>> entry : topic.assignment().entrySet()) {
            if (entry.getKey() != replicas.size()) {
                throw new Refusal(
                        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                        "topic "
                                + topic.name()
                                + ": partitions in the assignment are not 0 to "
                                + (topic.assignment().size() - 1));
            }
            replicas.add(checked(topic.name(), entry.getValue(), replicas));
        }
        return replicas;
    }

    private List<Integer> checked(String topic, List<Integer> replicas, List<List<Integer>> earlier)
            throws Refusal {
        boolean sameSize = earlier.isEmpty() || earlier.get(0).size() == replicas.size();
        if (replicas.isEmpty() || new HashSet<>(replicas).size() != replicas.size() || !sameSize) {
            throw new Refusal(
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                    "topic "
                            + topic
                            + ": replicas "
                            + replicas
                            + " are empty, name a broker twice, or differ in number from the"
                            + " other partitions");
        }
        for (int broker : replicas) {
            if (image.broker(broker) == null) {
                throw new Refusal(
                        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                        "topic " + topic + ": broker " + broker + " is not registered");
            }
        }
        if (Leadership.firstIsr(image, replicas).isEmpty()) {
            throw new Refusal(
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                    "topic "
                            + topic
                            + ": all of the replicas "
                            + replicas
                            + " are on brokers that are fenced or shut down");
        }
        return List.copyOf(replicas);
    }

    private void admit(int count) throws Refusal {
        if (partitions + count > MAX_PARTITIONS_PER_REQUEST) {
            throw new Refusal(
                    ErrorCode.POLICY_VIOLATION,
                    "a request may create at most "
                            + MAX_PARTITIONS_PER_REQUEST
                            + " partitions; split it");
        }
        partitions += count;
    }

    private void addPartitions(UUID topicId, int firstIndex, List<List<Integer>> replicas) {
        int index = firstIndex;
        for (List<Integer> nodes : replicas) {
            List<Integer> isr = Leadership.firstIsr(image, nodes);
            int leader = isr.isEmpty() ? PartitionRecord.NO_LEADER : isr.get(0);
            records.add(
                    new PartitionRecord(
                            topicId,
                            index++,
                            nodes,
                            isr.isEmpty() ? nodes : isr,
                            List.of(),
                            leader,
                            0,
                            0));
        }
    }

    Decision<List<AdminResult<String>>> grow(List<MorePartitions> topics, boolean validateOnly) {
        List<AdminResult<String>> results = new ArrayList<>(topics.size());
        Map<String, Integer> times = new HashMap<>();
        topics.forEach(topic -> times.merge(topic.topic(), 1, Integer::sum));
        for (MorePartitions topic : topics) {
            try {
                if (times.getOrDefault(topic.topic(), 0) > 1) {
                    throw new Refusal(
                            ErrorCode.INVALID_REQUEST,
                            "topic " + topic.topic() + " is in the request more than once");
                }
                growOne(topic);
                results.add(new AdminResult.Done<>(topic.topic()));
            } catch (Refusal refusal) {
                results.add(refusal.result());
            }
        }
        return new Decision<>(validateOnly ? List.of() : records, results);
    }

    private void growOne(MorePartitions growth) throws Refusal {
        TopicImage topic = image.topic(growth.topic());
        if (topic == null) {
            throw new Refusal(
                    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                    "topic " + growth.topic() + " does not exist");
        }
        int added = growth.totalCount() - topic.partitionCount();
        if (added <= 0) {
            throw new Refusal(
                    ErrorCode.INVALID_PARTITIONS,
                    "topic "
                            + topic.name()
                            + " has "
                            + topic.partitionCount()
                            + " partitions; the number can only grow, not become "
                            + growth.totalCount());
        }
        admit(added);
        List<List<Integer>> replicas = new ArrayList<>(added);
        if (growth.assignments().isEmpty()) {
            int replicationFactor = topic.partitions().get(0).replicas().size();
            checkFactor(topic.name(), replicationFactor);
            ReplicaPlacer placer =
                    ReplicaPlacer.of(image, replicationFactor, topic.partitionCount(), random);
            for (int i = 0; i < added; i++) {
                replicas.add(placer.place());
            }
        } else {
            List<List<Integer>> assignments = growth.assignments().get();
            if (assignments.size() != added) {
                throw new Refusal(
                        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                        "topic "
                                + topic.name()
                                + ": "
                                + added
                                + " partitions are added but "
                                + assignments.size()
                                + " assignments given");
            }
            for (List<Integer> nodes : assignments) {
                replicas.add(
                        checked(
                                topic.name(),
                                nodes,
                                List.of(topic.partitions().get(0).replicas())));
            }
        }
        addPartitions(topic.id(), topic.partitionCount(), replicas);
    }

    Decision<List<AdminResult<String>>> delete(List<UUID> ids) {
        List<AdminResult<String>> results = new ArrayList<>(ids.size());
        Set<UUID> seen = new HashSet<>();
        for (UUID id : ids) {
            TopicImage topic = image.topic(id);
            if (topic == null || !seen.add(id)) {
                results.add(
                        new AdminResult.Rejected<>(
                                topic == null
                                        ? ErrorCode.UNKNOWN_TOPIC_ID
                                        : ErrorCode.INVALID_REQUEST,
                                "topic id "
                                        + id
                                        + (topic == null
                                                ? " does not exist"
                                                : " is in the request more than once")));
            } else {
                records.add(new RemoveTopic(id));
                results.add(new AdminResult.Done<>(topic.name()));
            }
        }
        return new Decision<>(records, results);
    }
}
