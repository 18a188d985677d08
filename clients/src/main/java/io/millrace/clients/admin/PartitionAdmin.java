package io.millrace.clients.admin;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.millrace.protocol.message.AlterPartitionReassignmentsResponse;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest.AlterReplicaLogDir;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic;
import io.millrace.protocol.message.AlterReplicaLogDirsResponse;
import io.millrace.protocol.message.ElectLeadersRequest;
import io.millrace.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.millrace.protocol.message.ElectLeadersResponse;
import io.millrace.protocol.message.ListPartitionReassignmentsRequest;
import io.millrace.protocol.message.ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics;
import io.millrace.protocol.message.ListPartitionReassignmentsResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Moves partitions: between leaders, brokers and directories. Any thread. */
public final class PartitionAdmin {
    private final AdminCalls calls;

    PartitionAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    /** How to choose a leader; in the order of the wire's numbers. */
    public enum Election {
        /** The first of the replicas, if it is in sync. */
        PREFERRED,
        /** Any live replica where there is no leader; records may be lost. */
        UNCLEAN
    }

    /** A replica: a partition on a broker. */
    public record Replica(TopicPartition partition, int broker) {}

    /**
     * A change of replicas under way. Broker ids.
     *
     * @param replicas including those that come and go
     */
    public record Reassignment(
            List<Integer> replicas, List<Integer> adding, List<Integer> removing) {
        public Reassignment {
            replicas = List.copyOf(replicas);
            adding = List.copyOf(adding);
            removing = List.copyOf(removing);
        }
    }

    /**
     * Who holds the partitions and who could lead them, in order of topic and number.
     *
     * @param topics empty for all of the cluster
     */
    public CompletableFuture<List<PartitionState>> describe(Collection<String> topics) {
        return new PartitionStates(calls).describe(topics);
    }

    /**
     * Elects leaders.
     *
     * @param partitions empty for all of the cluster
     * @return by partition, why there was no election; empty where there was
     */
    public CompletableFuture<Map<TopicPartition, Optional<ClientException>>> electLeaders(
            Election how, Optional<Set<TopicPartition>> partitions) {
        List<TopicPartitions> topics = new ArrayList<>();
        GroupCalls.byTopic(partitions.orElse(Set.of()))
                .forEach(
                        (topic, numbers) ->
                                topics.add(new TopicPartitions().topic(topic).partitions(numbers)));
        RequestFactory<ElectLeadersResponse> request =
                RequestFactory.of(
                        new ElectLeadersRequest()
                                .electionType((byte) how.ordinal())
                                .topicPartitions(partitions.isPresent() ? topics : null)
                                .timeoutMs(calls.requestTimeoutMs()));
        return calls.controller(request, PartitionAdmin::read);
    }

    private static Map<TopicPartition, Optional<ClientException>> read(
            ElectLeadersResponse response) {
        AdminCalls.check(response.errorCode(), null, "electing leaders");
        Map<TopicPartition, Optional<ClientException>> results = new HashMap<>();
        for (var topic : response.replicaElectionResults()) {
            for (var each : topic.partitionResult()) {
                TopicPartition at = new TopicPartition(topic.topic(), each.partitionId());
                results.put(
                        at,
                        AdminCalls.failure(
                                each.errorCode(),
                                each.errorMessage(),
                                at + ": electing its leader"));
            }
        }
        return results;
    }

    /**
     * Moves partitions to other brokers; returns when the move has begun.
     *
     * @param targets broker ids in order of preference; empty to cancel a move under way
     */
    public Keyed<TopicPartition, Boolean> reassign(
            Map<TopicPartition, Optional<List<Integer>>> targets) {
        return ByKey.run(
                calls,
                targets.keySet(),
                Place.controller(calls),
                (node, keys, answers) ->
                        calls.once(node, RequestFactory.of(reassignment(keys, targets)))
                                .thenAccept(response -> read(keys, response, answers)));
    }

    private AlterPartitionReassignmentsRequest reassignment(
            List<TopicPartition> keys, Map<TopicPartition, Optional<List<Integer>>> targets) {
        Map<String, List<ReassignablePartition>> byTopic = new TreeMap<>();
        for (TopicPartition key : keys) {
            byTopic.computeIfAbsent(key.topic(), topic -> new ArrayList<>())
                    .add(
                            new ReassignablePartition()
                                    .partitionIndex(key.partition())
                                    .replicas(
                                            targets.getOrDefault(key, Optional.empty())
                                                    .orElse(null)));
        }
        List<ReassignableTopic> topics = new ArrayList<>();
        byTopic.forEach(
                (topic, partitions) ->
                        topics.add(new ReassignableTopic().name(topic).partitions(partitions)));
        return new AlterPartitionReassignmentsRequest()
                .timeoutMs(calls.requestTimeoutMs())
                .topics(topics);
    }

    private static void read(
            List<TopicPartition> keys,
            AlterPartitionReassignmentsResponse response,
            ByKey.Answers<TopicPartition, Boolean> answers) {
        AdminCalls.check(response.errorCode(), response.errorMessage(), "reassigning " + keys);
        for (var topic : response.responses()) {
            for (var each : topic.partitions()) {
                TopicPartition at = new TopicPartition(topic.name(), each.partitionIndex());
                answer(at, each.errorCode(), each.errorMessage(), "reassigning it", answers);
            }
        }
    }

    /**
     * Moves under way.
     *
     * @param partitions empty for all of the cluster
     */
    public CompletableFuture<Map<TopicPartition, Reassignment>> listReassignments(
            Optional<Set<TopicPartition>> partitions) {
        List<ListPartitionReassignmentsTopics> topics = new ArrayList<>();
        GroupCalls.byTopic(partitions.orElse(Set.of()))
                .forEach(
                        (topic, numbers) ->
                                topics.add(
                                        new ListPartitionReassignmentsTopics()
                                                .name(topic)
                                                .partitionIndexes(numbers)));
        RequestFactory<ListPartitionReassignmentsResponse> request =
                RequestFactory.of(
                        new ListPartitionReassignmentsRequest()
                                .timeoutMs(calls.requestTimeoutMs())
                                .topics(partitions.isPresent() ? topics : null));
        return calls.controller(request, PartitionAdmin::read);
    }

    private static Map<TopicPartition, Reassignment> read(
            ListPartitionReassignmentsResponse response) {
        AdminCalls.check(response.errorCode(), response.errorMessage(), "listing reassignments");
        Map<TopicPartition, Reassignment> found = new HashMap<>();
        for (var topic : response.topics()) {
            for (var each : topic.partitions()) {
                found.put(
                        new TopicPartition(topic.name(), each.partitionIndex()),
                        new Reassignment(
                                each.replicas(), each.addingReplicas(), each.removingReplicas()));
            }
        }
        return found;
    }

    /** Moves replicas to other directories of their brokers; returns when the move has begun. */
    public Keyed<Replica, Boolean> moveReplicas(Map<Replica, String> directories) {
        return ByKey.run(
                calls,
                directories.keySet(),
                Place.broker(calls, Replica::broker),
                (node, keys, answers) ->
                        calls.once(node, RequestFactory.of(moves(keys, directories)))
                                .thenAccept(response -> read(node, response, answers)));
    }

    private static AlterReplicaLogDirsRequest moves(
            Collection<Replica> keys, Map<Replica, String> directories) {
        Map<String, List<TopicPartition>> byPath =
                keys.stream()
                        .collect(
                                Collectors.groupingBy(
                                        directories::get,
                                        Collectors.mapping(
                                                Replica::partition, Collectors.toList())));
        List<AlterReplicaLogDir> dirs = new ArrayList<>();
        byPath.forEach(
                (path, partitions) -> {
                    List<AlterReplicaLogDirTopic> topics = new ArrayList<>();
                    GroupCalls.byTopic(partitions)
                            .forEach(
                                    (topic, numbers) ->
                                            topics.add(
                                                    new AlterReplicaLogDirTopic()
                                                            .name(topic)
                                                            .partitions(numbers)));
                    dirs.add(new AlterReplicaLogDir().path(path).topics(topics));
                });
        return new AlterReplicaLogDirsRequest().dirs(dirs);
    }

    private static void read(
            int broker,
            AlterReplicaLogDirsResponse response,
            ByKey.Answers<Replica, Boolean> answers) {
        for (var topic : response.results()) {
            for (var each : topic.partitions()) {
                TopicPartition at = new TopicPartition(topic.topicName(), each.partitionIndex());
                answer(new Replica(at, broker), each.errorCode(), null, "moving it", answers);
            }
        }
    }

    private static <K> void answer(
            K key,
            short code,
            @Nullable String message,
            String doing,
            ByKey.Answers<K, Boolean> answers) {
        ErrorCode error = ErrorCode.forCode(code);
        if (error.isError()) {
            answers.failed(
                    key,
                    Failures.of(
                            error,
                            key + ": " + doing,
                            message == null ? error.message() : message));
        } else {
            answers.found(key, true);
        }
    }
}
