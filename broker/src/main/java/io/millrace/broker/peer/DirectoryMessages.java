package io.millrace.broker.peer;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.DirectoryAssignment;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AssignReplicasToDirsRequest;
import io.millrace.protocol.message.AssignReplicasToDirsResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Where replicas are, and what became of it, as AssignReplicasToDirs carries them. */
final class DirectoryMessages {
    private DirectoryMessages() {}

    static AssignReplicasToDirsRequest request(
            int brokerId, long brokerEpoch, List<DirectoryAssignment> assignments) {
        Map<UUID, Map<UUID, List<AssignReplicasToDirsRequest.PartitionData>>> all =
                new LinkedHashMap<>();
        for (DirectoryAssignment assignment : assignments) {
            all.computeIfAbsent(assignment.directory(), id -> new LinkedHashMap<>())
                    .computeIfAbsent(assignment.topicId(), id -> new ArrayList<>())
                    .add(
                            new AssignReplicasToDirsRequest.PartitionData()
                                    .partitionIndex(assignment.index()));
        }
        List<AssignReplicasToDirsRequest.DirectoryData> directories = new ArrayList<>();
        all.forEach(
                (directory, topics) ->
                        directories.add(
                                new AssignReplicasToDirsRequest.DirectoryData()
                                        .id(directory)
                                        .topics(topics(topics))));
        return new AssignReplicasToDirsRequest()
                .brokerId(brokerId)
                .brokerEpoch(brokerEpoch)
                .directories(directories);
    }

    private static List<AssignReplicasToDirsRequest.TopicData> topics(
            Map<UUID, List<AssignReplicasToDirsRequest.PartitionData>> topics) {
        List<AssignReplicasToDirsRequest.TopicData> all = new ArrayList<>();
        topics.forEach(
                (topic, partitions) ->
                        all.add(
                                new AssignReplicasToDirsRequest.TopicData()
                                        .topicId(topic)
                                        .partitions(partitions)));
        return all;
    }

    static List<DirectoryAssignment> assignments(AssignReplicasToDirsRequest request) {
        List<DirectoryAssignment> all = new ArrayList<>();
        for (AssignReplicasToDirsRequest.DirectoryData directory : request.directories()) {
            for (AssignReplicasToDirsRequest.TopicData topic : directory.topics()) {
                for (AssignReplicasToDirsRequest.PartitionData partition : topic.partitions()) {
                    all.add(
                            new DirectoryAssignment(
                                    topic.topicId(), partition.partitionIndex(), directory.id()));
                }
            }
        }
        return all;
    }

    static AssignReplicasToDirsResponse response(
            List<DirectoryAssignment> assignments, List<AdminResult<DirectoryAssignment>> results) {
        Map<UUID, Map<UUID, List<AssignReplicasToDirsResponse.PartitionData>>> all =
                new LinkedHashMap<>();
        for (int i = 0; i < assignments.size(); i++) {
            DirectoryAssignment assignment = assignments.get(i);
            ErrorCode error =
                    results.get(i) instanceof AdminResult.Rejected<DirectoryAssignment> rejected
                            ? rejected.error()
                            : ErrorCode.NONE;
            all.computeIfAbsent(assignment.directory(), id -> new LinkedHashMap<>())
                    .computeIfAbsent(assignment.topicId(), id -> new ArrayList<>())
                    .add(
                            new AssignReplicasToDirsResponse.PartitionData()
                                    .partitionIndex(assignment.index())
                                    .errorCode(error.code()));
        }
        List<AssignReplicasToDirsResponse.DirectoryData> directories = new ArrayList<>();
        all.forEach(
                (directory, topics) -> {
                    List<AssignReplicasToDirsResponse.TopicData> inside = new ArrayList<>();
                    topics.forEach(
                            (topic, partitions) ->
                                    inside.add(
                                            new AssignReplicasToDirsResponse.TopicData()
                                                    .topicId(topic)
                                                    .partitions(partitions)));
                    directories.add(
                            new AssignReplicasToDirsResponse.DirectoryData()
                                    .id(directory)
                                    .topics(inside));
                });
        return new AssignReplicasToDirsResponse().directories(directories);
    }

    /** In the order of the assignments; what the answer leaves out is not done. */
    static List<AdminResult<DirectoryAssignment>> results(
            List<DirectoryAssignment> assignments, AssignReplicasToDirsResponse response) {
        Map<DirectoryAssignment, ErrorCode> known = new HashMap<>();
        for (AssignReplicasToDirsResponse.DirectoryData directory : response.directories()) {
            for (AssignReplicasToDirsResponse.TopicData topic : directory.topics()) {
                for (AssignReplicasToDirsResponse.PartitionData partition : topic.partitions()) {
                    known.put(
                            new DirectoryAssignment(
                                    topic.topicId(), partition.partitionIndex(), directory.id()),
                            ErrorCode.forCode(partition.errorCode()));
                }
            }
        }
        List<AdminResult<DirectoryAssignment>> results = new ArrayList<>();
        for (DirectoryAssignment assignment : assignments) {
            ErrorCode error = known.getOrDefault(assignment, ErrorCode.UNKNOWN_SERVER_ERROR);
            results.add(
                    error == ErrorCode.NONE
                            ? new AdminResult.Done<>(assignment)
                            : new AdminResult.Rejected<>(error, error.message()));
        }
        return results;
    }
}
