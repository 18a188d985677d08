package io.millrace.broker.group.streams;

import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.group.streams.StreamsTopology.Copartition;
import io.millrace.broker.group.streams.StreamsTopology.InternalTopic;
import io.millrace.broker.group.streams.StreamsTopology.Subtopology;
import io.millrace.broker.shard.CoordinatorRecord;
import io.millrace.protocol.coordinator.StreamsGroupCurrentMemberAssignmentKey;
import io.millrace.protocol.coordinator.StreamsGroupCurrentMemberAssignmentValue;
import io.millrace.protocol.coordinator.StreamsGroupMemberMetadataKey;
import io.millrace.protocol.coordinator.StreamsGroupMemberMetadataValue;
import io.millrace.protocol.coordinator.StreamsGroupMetadataKey;
import io.millrace.protocol.coordinator.StreamsGroupMetadataValue;
import io.millrace.protocol.coordinator.StreamsGroupTargetAssignmentMemberKey;
import io.millrace.protocol.coordinator.StreamsGroupTargetAssignmentMemberValue;
import io.millrace.protocol.coordinator.StreamsGroupTargetAssignmentMetadataKey;
import io.millrace.protocol.coordinator.StreamsGroupTargetAssignmentMetadataValue;
import io.millrace.protocol.coordinator.StreamsGroupTopologyKey;
import io.millrace.protocol.coordinator.StreamsGroupTopologyValue;
import io.millrace.protocol.message.ApiMessage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Records of streams groups in Kafka's own format: key {@code [int16 type][key message version 0]},
 * value {@code [int16 version][value message]}; the messages are generated from Kafka's schemas.
 */
public final class StreamsRecordFormat {
    private static final short VERSION = 0;

    private StreamsRecordFormat() {}

    /** The record as the log holds it. */
    public static CoordinatorRecord encode(StreamsGroupRecord record) {
        String group = record.group();
        if (record instanceof StreamsGroupRecord.MemberProfile member) {
            return of(
                    StreamsGroupMemberMetadataKey.RECORD_TYPE,
                    new StreamsGroupMemberMetadataKey().groupId(group).memberId(member.member()),
                    member.profile() == null ? null : profileValue(member.profile()));
        } else if (record instanceof StreamsGroupRecord.MemberProgress member) {
            return of(
                    StreamsGroupCurrentMemberAssignmentKey.RECORD_TYPE,
                    new StreamsGroupCurrentMemberAssignmentKey()
                            .groupId(group)
                            .memberId(member.member()),
                    member.progress() == null ? null : progressValue(member.progress()));
        } else if (record instanceof StreamsGroupRecord.MemberTarget member) {
            return of(
                    StreamsGroupTargetAssignmentMemberKey.RECORD_TYPE,
                    new StreamsGroupTargetAssignmentMemberKey()
                            .groupId(group)
                            .memberId(member.member()),
                    member.target() == null ? null : targetValue(member.target()));
        } else if (record instanceof StreamsGroupRecord.TargetEpoch target) {
            return of(
                    StreamsGroupTargetAssignmentMetadataKey.RECORD_TYPE,
                    new StreamsGroupTargetAssignmentMetadataKey().groupId(group),
                    target.epoch() == null
                            ? null
                            : new StreamsGroupTargetAssignmentMetadataValue()
                                    .assignmentEpoch(target.epoch())
                                    .assignmentTimestamp(target.assignedAtMs()));
        } else if (record instanceof StreamsGroupRecord.Topology topology) {
            return of(
                    StreamsGroupTopologyKey.RECORD_TYPE,
                    new StreamsGroupTopologyKey().groupId(group),
                    topology.topology() == null ? null : topologyValue(topology.topology()));
        }
        return of(
                StreamsGroupMetadataKey.RECORD_TYPE,
                new StreamsGroupMetadataKey().groupId(group),
                record instanceof StreamsGroupRecord.GroupEpoch epoch
                        ? new StreamsGroupMetadataValue()
                                .epoch(epoch.epoch())
                                .metadataHash(epoch.metadataHash())
                        : null);
    }

    /**
     * Reads one record.
     *
     * @return null for a type that is no streams group's
     */
    public static @Nullable StreamsGroupRecord decode(
            short type, ByteBuf key, @Nullable ByteBuf value) {
        ByteBuf body =
                value == null
                        ? null
                        : value.slice(Short.BYTES, value.readableBytes() - Short.BYTES);
        return switch (type) {
            case StreamsGroupMetadataKey.RECORD_TYPE -> {
                String group = StreamsGroupMetadataKey.read(key, VERSION).groupId();
                if (body == null) {
                    yield new StreamsGroupRecord.GroupRemoved(group);
                }
                StreamsGroupMetadataValue stored = StreamsGroupMetadataValue.read(body, VERSION);
                yield new StreamsGroupRecord.GroupEpoch(
                        group, stored.epoch(), stored.metadataHash());
            }
            case StreamsGroupTopologyKey.RECORD_TYPE ->
                    new StreamsGroupRecord.Topology(
                            StreamsGroupTopologyKey.read(key, VERSION).groupId(),
                            body == null ? null : topologyOf(body));
            case StreamsGroupMemberMetadataKey.RECORD_TYPE -> {
                StreamsGroupMemberMetadataKey of = StreamsGroupMemberMetadataKey.read(key, VERSION);
                yield new StreamsGroupRecord.MemberProfile(
                        of.groupId(), of.memberId(), body == null ? null : profileOf(body));
            }
            case StreamsGroupTargetAssignmentMetadataKey.RECORD_TYPE -> {
                String group = StreamsGroupTargetAssignmentMetadataKey.read(key, VERSION).groupId();
                if (body == null) {
                    yield new StreamsGroupRecord.TargetEpoch(group, null, 0);
                }
                StreamsGroupTargetAssignmentMetadataValue stored =
                        StreamsGroupTargetAssignmentMetadataValue.read(body, VERSION);
                yield new StreamsGroupRecord.TargetEpoch(
                        group, stored.assignmentEpoch(), stored.assignmentTimestamp());
            }
            case StreamsGroupTargetAssignmentMemberKey.RECORD_TYPE -> {
                StreamsGroupTargetAssignmentMemberKey of =
                        StreamsGroupTargetAssignmentMemberKey.read(key, VERSION);
                yield new StreamsGroupRecord.MemberTarget(
                        of.groupId(), of.memberId(), body == null ? null : targetOf(body));
            }
            case StreamsGroupCurrentMemberAssignmentKey.RECORD_TYPE -> {
                StreamsGroupCurrentMemberAssignmentKey of =
                        StreamsGroupCurrentMemberAssignmentKey.read(key, VERSION);
                yield new StreamsGroupRecord.MemberProgress(
                        of.groupId(), of.memberId(), body == null ? null : progressOf(body));
            }
            default -> null;
        };
    }

    private static StreamsGroupMemberMetadataValue profileValue(StreamsMember.Profile profile) {
        StreamsGroupMemberMetadataValue value =
                new StreamsGroupMemberMetadataValue()
                        .instanceId(null)
                        .rackId(profile.rackId())
                        .clientId(profile.clientId())
                        .clientHost(profile.clientHost())
                        .rebalanceTimeoutMs(profile.rebalanceTimeoutMs())
                        .topologyEpoch(profile.topologyEpoch())
                        .processId(profile.processId());
        new TreeMap<>(profile.tags())
                .forEach(
                        (key, tag) ->
                                value.clientTags()
                                        .add(
                                                new StreamsGroupMemberMetadataValue.KeyValue()
                                                        .key(key)
                                                        .value(tag)));
        StreamsMember.Endpoint endpoint = profile.endpoint();
        if (endpoint != null) {
            value.userEndpoint(
                    new StreamsGroupMemberMetadataValue.Endpoint()
                            .host(endpoint.host())
                            .port(endpoint.port()));
        }
        return value;
    }

    private static StreamsMember.Profile profileOf(ByteBuf body) {
        StreamsGroupMemberMetadataValue stored =
                StreamsGroupMemberMetadataValue.read(body, VERSION);
        StreamsGroupMemberMetadataValue.Endpoint endpoint = stored.userEndpoint();
        Map<String, String> tags = new TreeMap<>();
        stored.clientTags().forEach(tag -> tags.put(tag.key(), tag.value()));
        return new StreamsMember.Profile(
                stored.rackId(),
                stored.clientId(),
                stored.clientHost(),
                stored.rebalanceTimeoutMs(),
                stored.topologyEpoch(),
                stored.processId(),
                endpoint == null
                        ? null
                        : new StreamsMember.Endpoint(endpoint.host(), endpoint.port()),
                tags);
    }

    private static StreamsGroupTargetAssignmentMemberValue targetValue(TaskRoles target) {
        return new StreamsGroupTargetAssignmentMemberValue()
                .activeTasks(targetIds(target.active()))
                .standbyTasks(targetIds(target.standby()))
                .warmupTasks(targetIds(target.warmup()));
    }

    private static List<StreamsGroupTargetAssignmentMemberValue.TaskIds> targetIds(TaskSet tasks) {
        List<StreamsGroupTargetAssignmentMemberValue.TaskIds> ids = new ArrayList<>();
        tasks.bySubtopology()
                .forEach(
                        (id, partitions) ->
                                ids.add(
                                        new StreamsGroupTargetAssignmentMemberValue.TaskIds()
                                                .subtopologyId(id)
                                                .partitions(List.copyOf(partitions))));
        return ids;
    }

    private static TaskRoles targetOf(ByteBuf body) {
        StreamsGroupTargetAssignmentMemberValue stored =
                StreamsGroupTargetAssignmentMemberValue.read(body, VERSION);
        return new TaskRoles(
                targetSet(stored.activeTasks()),
                targetSet(stored.standbyTasks()),
                targetSet(stored.warmupTasks()));
    }

    private static TaskSet targetSet(List<StreamsGroupTargetAssignmentMemberValue.TaskIds> ids) {
        List<TaskSet.Task> tasks = new ArrayList<>();
        ids.forEach(
                of ->
                        of.partitions()
                                .forEach(p -> tasks.add(new TaskSet.Task(of.subtopologyId(), p))));
        return TaskSet.of(tasks);
    }

    private static StreamsGroupCurrentMemberAssignmentValue progressValue(
            StreamsMember.Progress progress) {
        return new StreamsGroupCurrentMemberAssignmentValue()
                .memberEpoch(progress.epoch())
                .previousMemberEpoch(progress.previousEpoch())
                .state(progress.state().code())
                .activeTasks(currentIds(progress.assigned().active()))
                .standbyTasks(currentIds(progress.assigned().standby()))
                .warmupTasks(currentIds(progress.assigned().warmup()))
                .activeTasksPendingRevocation(currentIds(progress.revoking().active()))
                .standbyTasksPendingRevocation(currentIds(progress.revoking().standby()))
                .warmupTasksPendingRevocation(currentIds(progress.revoking().warmup()));
    }

    private static List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> currentIds(
            TaskSet tasks) {
        List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> ids = new ArrayList<>();
        tasks.bySubtopology()
                .forEach(
                        (id, partitions) ->
                                ids.add(
                                        new StreamsGroupCurrentMemberAssignmentValue.TaskIds()
                                                .subtopologyId(id)
                                                .partitions(List.copyOf(partitions))));
        return ids;
    }

    private static StreamsMember.Progress progressOf(ByteBuf body) {
        StreamsGroupCurrentMemberAssignmentValue stored =
                StreamsGroupCurrentMemberAssignmentValue.read(body, VERSION);
        return new StreamsMember.Progress(
                stored.memberEpoch(),
                stored.previousMemberEpoch(),
                MemberState.of(stored.state()),
                new TaskRoles(
                        currentSet(stored.activeTasks()),
                        currentSet(stored.standbyTasks()),
                        currentSet(stored.warmupTasks())),
                new TaskRoles(
                        currentSet(stored.activeTasksPendingRevocation()),
                        currentSet(stored.standbyTasksPendingRevocation()),
                        currentSet(stored.warmupTasksPendingRevocation())));
    }

    private static TaskSet currentSet(List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> ids) {
        List<TaskSet.Task> tasks = new ArrayList<>();
        ids.forEach(
                of ->
                        of.partitions()
                                .forEach(p -> tasks.add(new TaskSet.Task(of.subtopologyId(), p))));
        return TaskSet.of(tasks);
    }

    private static StreamsGroupTopologyValue topologyValue(StreamsTopology topology) {
        List<StreamsGroupTopologyValue.Subtopology> parts = new ArrayList<>();
        for (Subtopology part : topology.subtopologies()) {
            List<StreamsGroupTopologyValue.CopartitionGroup> groups = new ArrayList<>();
            for (Copartition group : part.copartitions()) {
                groups.add(
                        new StreamsGroupTopologyValue.CopartitionGroup()
                                .sourceTopics(group.sourceTopics())
                                .sourceTopicRegex(group.sourceRegexes())
                                .repartitionSourceTopics(group.repartitionSources()));
            }
            parts.add(
                    new StreamsGroupTopologyValue.Subtopology()
                            .subtopologyId(part.id())
                            .sourceTopics(part.sourceTopics())
                            .sourceTopicRegex(part.sourceRegexes())
                            .stateChangelogTopics(infos(part.changelogs()))
                            .repartitionSinkTopics(part.repartitionSinks())
                            .repartitionSourceTopics(infos(part.repartitionSources()))
                            .copartitionGroups(groups));
        }
        return new StreamsGroupTopologyValue().epoch(topology.epoch()).subtopologies(parts);
    }

    private static List<StreamsGroupTopologyValue.TopicInfo> infos(List<InternalTopic> topics) {
        List<StreamsGroupTopologyValue.TopicInfo> infos = new ArrayList<>();
        for (InternalTopic topic : topics) {
            StreamsGroupTopologyValue.TopicInfo info =
                    new StreamsGroupTopologyValue.TopicInfo()
                            .name(topic.name())
                            .partitions(topic.partitions())
                            .replicationFactor(topic.replicas());
            new TreeMap<>(topic.configs())
                    .forEach(
                            (key, value) ->
                                    info.topicConfigs()
                                            .add(
                                                    new StreamsGroupTopologyValue.TopicConfig()
                                                            .key(key)
                                                            .value(value)));
            infos.add(info);
        }
        return infos;
    }

    private static StreamsTopology topologyOf(ByteBuf body) {
        StreamsGroupTopologyValue stored = StreamsGroupTopologyValue.read(body, VERSION);
        List<Subtopology> parts = new ArrayList<>();
        for (StreamsGroupTopologyValue.Subtopology part : stored.subtopologies()) {
            parts.add(
                    new Subtopology(
                            part.subtopologyId(),
                            part.sourceTopics(),
                            part.sourceTopicRegex(),
                            topics(part.stateChangelogTopics()),
                            part.repartitionSinkTopics(),
                            topics(part.repartitionSourceTopics()),
                            part.copartitionGroups().stream()
                                    .map(
                                            group ->
                                                    new Copartition(
                                                            group.sourceTopics(),
                                                            group.sourceTopicRegex(),
                                                            group.repartitionSourceTopics()))
                                    .toList()));
        }
        return new StreamsTopology(stored.epoch(), parts);
    }

    private static List<InternalTopic> topics(List<StreamsGroupTopologyValue.TopicInfo> infos) {
        List<InternalTopic> topics = new ArrayList<>();
        for (StreamsGroupTopologyValue.TopicInfo info : infos) {
            Map<String, String> configs = new TreeMap<>();
            info.topicConfigs().forEach(config -> configs.put(config.key(), config.value()));
            topics.add(
                    new InternalTopic(
                            info.name(), info.partitions(), info.replicationFactor(), configs));
        }
        return topics;
    }

    private static CoordinatorRecord of(short type, ApiMessage key, @Nullable ApiMessage value) {
        return CoordinatorRecord.of(type, key, VERSION, value);
    }
}
