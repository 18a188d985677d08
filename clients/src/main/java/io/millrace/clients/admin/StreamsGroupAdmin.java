package io.millrace.clients.admin;

import io.millrace.clients.cluster.CoordinatorKey;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.StreamsGroupDescribeRequest;
import io.millrace.protocol.message.StreamsGroupDescribeResponse;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Streams groups (KIP-1071). Any thread. */
public final class StreamsGroupAdmin {
    private final AdminCalls calls;

    StreamsGroupAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    /**
     * A streams group.
     *
     * @param subtopologies empty while the group has no topology
     */
    public record Description(
            String groupId,
            String state,
            int epoch,
            int assignmentEpoch,
            List<Subtopology> subtopologies,
            List<Member> members) {
        public Description {
            subtopologies = List.copyOf(subtopologies);
            members = List.copyOf(members);
        }
    }

    /** A part of the topology, and the topics between it and others. */
    public record Subtopology(
            String id,
            Set<String> sourceTopics,
            Set<String> repartitionSinks,
            Set<String> repartitionSources,
            Set<String> changelogs) {
        public Subtopology {
            sourceTopics = Set.copyOf(sourceTopics);
            repartitionSinks = Set.copyOf(repartitionSinks);
            repartitionSources = Set.copyOf(repartitionSources);
            changelogs = Set.copyOf(changelogs);
        }
    }

    /** Tasks by kind: partitions by subtopology. */
    public record Tasks(
            Map<String, Set<Integer>> active,
            Map<String, Set<Integer>> standby,
            Map<String, Set<Integer>> warmup) {
        public Tasks {
            active = Map.copyOf(active);
            standby = Map.copyOf(standby);
            warmup = Map.copyOf(warmup);
        }
    }

    /** A member; several of one process may share a process id. */
    public record Member(
            String memberId,
            Optional<String> groupInstanceId,
            int epoch,
            String clientId,
            String clientHost,
            String processId,
            Tasks assignment,
            Tasks target) {}

    public Keyed<String, Description> describe(Collection<String> groups) {
        return ByKey.run(
                calls,
                groups,
                Place.coordinator(calls, CoordinatorKey.Type.GROUP),
                (node, keys, answers) ->
                        calls.once(
                                        node,
                                        RequestFactory.of(
                                                new StreamsGroupDescribeRequest().groupIds(keys)))
                                .thenAccept(response -> read(response, answers)));
    }

    private static void read(
            StreamsGroupDescribeResponse response, ByKey.Answers<String, Description> answers) {
        for (var group : response.groups()) {
            ErrorCode error = ErrorCode.forCode(group.errorCode());
            if (error.isError()) {
                answers.failed(group.groupId(), Failures.of(error, "group " + group.groupId()));
                continue;
            }
            answers.found(
                    group.groupId(),
                    new Description(
                            group.groupId(),
                            group.groupState(),
                            group.groupEpoch(),
                            group.assignmentEpoch(),
                            subtopologies(group.topology()),
                            group.members().stream().map(StreamsGroupAdmin::read).toList()));
        }
    }

    private static List<Subtopology> subtopologies(
            StreamsGroupDescribeResponse.@Nullable Topology topology) {
        var all = topology == null ? null : topology.subtopologies();
        return all == null ? List.of() : all.stream().map(StreamsGroupAdmin::read).toList();
    }

    private static Subtopology read(StreamsGroupDescribeResponse.Subtopology each) {
        return new Subtopology(
                each.subtopologyId(),
                Set.copyOf(each.sourceTopics()),
                Set.copyOf(each.repartitionSinkTopics()),
                names(each.repartitionSourceTopics()),
                names(each.stateChangelogTopics()));
    }

    private static Set<String> names(List<StreamsGroupDescribeResponse.TopicInfo> topics) {
        return Set.copyOf(
                topics.stream().map(StreamsGroupDescribeResponse.TopicInfo::name).toList());
    }

    private static Member read(StreamsGroupDescribeResponse.Member member) {
        return new Member(
                member.memberId(),
                Optional.ofNullable(member.instanceId()),
                member.memberEpoch(),
                member.clientId(),
                member.clientHost(),
                member.processId(),
                read(member.assignment()),
                read(member.targetAssignment()));
    }

    private static Tasks read(StreamsGroupDescribeResponse.Assignment assignment) {
        return new Tasks(
                bySubtopology(assignment.activeTasks()),
                bySubtopology(assignment.standbyTasks()),
                bySubtopology(assignment.warmupTasks()));
    }

    private static Map<String, Set<Integer>> bySubtopology(
            List<StreamsGroupDescribeResponse.TaskIds> tasks) {
        Map<String, Set<Integer>> found = new HashMap<>();
        tasks.forEach(each -> found.put(each.subtopologyId(), Set.copyOf(each.partitions())));
        return found;
    }
}
