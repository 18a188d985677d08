package io.millrace.broker.group;

import io.millrace.broker.group.streams.StreamsMember;
import io.millrace.broker.group.streams.StreamsTopology;
import io.millrace.broker.group.streams.StreamsTopology.InternalTopic;
import io.millrace.broker.group.streams.StreamsTopology.Subtopology;
import io.millrace.broker.group.streams.TaskRoles;
import io.millrace.broker.group.streams.TaskSet;
import io.millrace.protocol.message.StreamsGroupDescribeResponse.Assignment;
import io.millrace.protocol.message.StreamsGroupDescribeResponse.DescribedGroup;
import io.millrace.protocol.message.StreamsGroupDescribeResponse.Endpoint;
import io.millrace.protocol.message.StreamsGroupDescribeResponse.KeyValue;
import io.millrace.protocol.message.StreamsGroupDescribeResponse.Member;
import io.millrace.protocol.message.StreamsGroupDescribeResponse.TaskIds;
import io.millrace.protocol.message.StreamsGroupDescribeResponse.TopicInfo;
import io.millrace.protocol.message.StreamsGroupDescribeResponse.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A streams group as administrators see it. */
final class StreamsGroupView {
    private StreamsGroupView() {}

    static DescribedGroup of(StreamsGroup group) {
        List<Member> members = new ArrayList<>();
        group.members().forEach(member -> members.add(member(group, member)));
        StreamsTopology topology = group.topology();
        return new DescribedGroup()
                .groupId(group.id())
                .groupState(group.stateLabel())
                .groupEpoch(group.epoch())
                .assignmentEpoch(group.assignmentEpoch())
                .topology(topology == null ? null : topology(topology))
                .members(members);
    }

    private static Member member(StreamsGroup group, StreamsMember member) {
        StreamsMember.Profile profile = member.profile();
        StreamsMember.Endpoint endpoint = profile.endpoint();
        return new Member()
                .memberId(member.id())
                .memberEpoch(member.epoch())
                .rackId(profile.rackId())
                .clientId(profile.clientId())
                .clientHost(profile.clientHost())
                .topologyEpoch(profile.topologyEpoch())
                .processId(profile.processId())
                .userEndpoint(
                        endpoint == null
                                ? null
                                : new Endpoint().host(endpoint.host()).port(endpoint.port()))
                .clientTags(pairs(profile.tags()))
                .assignment(assignment(member.progress().assigned()))
                .targetAssignment(assignment(group.target(member.id())));
    }

    private static Topology topology(StreamsTopology topology) {
        List<io.millrace.protocol.message.StreamsGroupDescribeResponse.Subtopology> parts =
                new ArrayList<>();
        for (Subtopology part : topology.subtopologies()) {
            parts.add(
                    new io.millrace.protocol.message.StreamsGroupDescribeResponse.Subtopology()
                            .subtopologyId(part.id())
                            .sourceTopics(part.sourceTopics())
                            .repartitionSinkTopics(part.repartitionSinks())
                            .stateChangelogTopics(infos(part.changelogs()))
                            .repartitionSourceTopics(infos(part.repartitionSources())));
        }
        return new Topology().epoch(topology.epoch()).subtopologies(parts);
    }

    private static List<TopicInfo> infos(List<InternalTopic> topics) {
        List<TopicInfo> infos = new ArrayList<>();
        for (InternalTopic topic : topics) {
            infos.add(
                    new TopicInfo()
                            .name(topic.name())
                            .partitions(topic.partitions())
                            .replicationFactor(topic.replicas())
                            .topicConfigs(pairs(topic.configs())));
        }
        return infos;
    }

    private static List<KeyValue> pairs(Map<String, String> values) {
        List<KeyValue> pairs = new ArrayList<>();
        new TreeMap<>(values)
                .forEach((key, value) -> pairs.add(new KeyValue().key(key).value(value)));
        return pairs;
    }

    private static Assignment assignment(TaskRoles tasks) {
        return new Assignment()
                .activeTasks(ids(tasks.active()))
                .standbyTasks(ids(tasks.standby()))
                .warmupTasks(ids(tasks.warmup()));
    }

    private static List<TaskIds> ids(TaskSet tasks) {
        List<TaskIds> ids = new ArrayList<>();
        tasks.bySubtopology()
                .forEach(
                        (id, partitions) ->
                                ids.add(
                                        new TaskIds()
                                                .subtopologyId(id)
                                                .partitions(List.copyOf(partitions))));
        return ids;
    }
}
