package io.millrace.broker.group;

import io.millrace.broker.group.StreamsMembership.Step;
import io.millrace.broker.group.consumer.TopicRegex;
import io.millrace.broker.group.streams.StreamsGroupRecord;
import io.millrace.broker.group.streams.StreamsMember;
import io.millrace.broker.group.streams.StreamsTopology;
import io.millrace.broker.group.streams.StreamsTopology.Copartition;
import io.millrace.broker.group.streams.StreamsTopology.InternalTopic;
import io.millrace.broker.group.streams.StreamsTopology.Subtopology;
import io.millrace.broker.group.streams.TaskRoles;
import io.millrace.broker.group.streams.TaskSet;
import io.millrace.broker.group.streams.TopologyPlan;
import io.millrace.broker.shard.Effects;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest;
import io.millrace.protocol.message.StreamsGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The one request of the streams protocol (KIP-1071): a member joins with its topology, says what
 * it has, learns what it is to have, and leaves. Static members are not part of it.
 */
final class StreamsHeartbeats {
    private static final int JOINING = 0;
    private static final int LEAVING = -1;
    private static final String EMPTY_WHEN_JOINING = " must be empty when (re-)joining.";

    private final GroupTable groups;
    private final StreamsMembership membership;

    StreamsHeartbeats(GroupTable groups, StreamsMembership membership) {
        this.groups = groups;
        this.membership = membership;
    }

    /**
     * Handles one heartbeat.
     *
     * @throws ApiException if it is refused; nothing has changed then
     */
    StreamsGroupHeartbeatResponse heartbeat(
            StreamsGroupHeartbeatRequest request, Caller caller, Effects effects) {
        check(request);
        StreamsTopology topology = topologyOf(request);
        Step step = new Step(groupOf(request), effects);
        StreamsGroup group = step.group();
        if (request.memberEpoch() == LEAVING) {
            StreamsMember member = memberOf(group, request);
            group.activity().shutdownRequested |= request.shutdownApplication();
            membership.remove(step, member, "left");
            return new StreamsGroupHeartbeatResponse()
                    .memberId(request.memberId())
                    .memberEpoch(LEAVING);
        }
        boolean joins = request.memberEpoch() == JOINING;
        TaskRoles owned = joins ? TaskRoles.NONE : ownedBy(request);
        if (!joins) {
            checkEpoch(memberOf(group, request), request.memberEpoch(), owned);
        }
        boolean changed = admit(step, request, caller, topology);
        if (topology != null && isNewer(topology, group.topology())) {
            step.write(new StreamsGroupRecord.Topology(group.id(), topology));
            changed = true;
        }
        group.activity().shutdownRequested |= request.shutdownApplication();
        membership.update(step, changed);
        StreamsMember before = joins ? restarted(step, request) : memberOf(group, request);
        StreamsMember member = membership.reconcile(step, before, owned);
        membership.heard(step, member.id());
        boolean tells = joins || !member.progress().assigned().equals(before.progress().assigned());
        return respond(step, request, member, tells);
    }

    private static void check(StreamsGroupHeartbeatRequest request) {
        refuseIf(request.groupId().isEmpty(), "GroupId can't be empty.");
        refuseIf(request.memberId().isEmpty(), "MemberId can't be empty.");
        refuseIf(request.instanceId() != null, "Static membership is not yet supported.");
        refuseIf(request.memberEpoch() < LEAVING, "MemberEpoch is invalid.");
        if (request.memberEpoch() == JOINING) {
            refuseIf(
                    request.rebalanceTimeoutMs() == -1,
                    "RebalanceTimeoutMs must be provided in first request.");
            refuseIf(request.topology() == null, "Topology must be non-null when (re-)joining.");
            refuseIf(
                    request.topology() != null && request.topology().epoch() < 0,
                    "The topology's epoch must not be negative.");
            refuseIf(isNotEmpty(request.activeTasks()), "ActiveTasks" + EMPTY_WHEN_JOINING);
            refuseIf(isNotEmpty(request.standbyTasks()), "StandbyTasks" + EMPTY_WHEN_JOINING);
            refuseIf(isNotEmpty(request.warmupTasks()), "WarmupTasks" + EMPTY_WHEN_JOINING);
        } else {
            refuseIf(
                    request.topology() != null, "Topology can only be provided when (re-)joining.");
        }
    }

    /** Null stands for "as before", which a member that joins cannot mean. */
    private static boolean isNotEmpty(@Nullable List<StreamsGroupHeartbeatRequest.TaskIds> tasks) {
        return tasks == null || !tasks.isEmpty();
    }

    private static void refuseIf(boolean wrong, String why) {
        if (wrong) {
            throw new ApiException(ErrorCode.INVALID_REQUEST, why);
        }
    }

    private StreamsGroup groupOf(StreamsGroupHeartbeatRequest request) {
        StreamsGroup known = groups.streams(request.groupId());
        if (known != null) {
            return known;
        }
        Group other = groups.get(request.groupId());
        boolean free =
                other == null
                        || (other instanceof ClassicGroup classic
                                && classic.isEmpty()
                                && classic.generation() == 0);
        if (free && request.memberEpoch() == JOINING) {
            // A group that only ever committed offsets becomes one of this kind.
            return groups.put(new StreamsGroup(request.groupId()));
        }
        throw new ApiException(
                ErrorCode.GROUP_ID_NOT_FOUND,
                other == null
                        ? "Streams group " + request.groupId() + " not found."
                        : "Group " + request.groupId() + " is not a streams group.");
    }

    private static StreamsMember memberOf(
            StreamsGroup group, StreamsGroupHeartbeatRequest request) {
        StreamsMember member = group.member(request.memberId());
        if (member == null) {
            throw new ApiException(
                    ErrorCode.UNKNOWN_MEMBER_ID,
                    "Member " + request.memberId() + " is not a member of group " + group.id());
        }
        return member;
    }

    private static void checkEpoch(StreamsMember member, int said, @Nullable TaskRoles owned) {
        if (said == member.epoch()) {
            return;
        }
        // The answer that raised the epoch may have been lost.
        boolean mayHaveMissedTheAnswer =
                said == member.progress().previousEpoch()
                        && owned != null
                        && owned.minus(member.progress().assigned()).isEmpty();
        if (!mayHaveMissedTheAnswer) {
            throw new ApiException(
                    ErrorCode.FENCED_MEMBER_EPOCH,
                    "The streams group member has epoch "
                            + member.epoch()
                            + ", not "
                            + said
                            + ". The member must abandon all its tasks and rejoin.");
        }
    }

    /** Notes what the member says of itself; true if that matters to others. */
    private boolean admit(
            Step step,
            StreamsGroupHeartbeatRequest request,
            Caller caller,
            @Nullable StreamsTopology topology) {
        StreamsGroup group = step.group();
        StreamsMember known = group.member(request.memberId());
        if (known == null && group.members().size() >= membership.settings().maxSize()) {
            throw new ApiException(
                    ErrorCode.GROUP_MAX_SIZE_REACHED,
                    "group.streams.max.size=" + membership.settings().maxSize());
        }
        StreamsMember.Profile before = known == null ? null : known.profile();
        StreamsMember.Profile now = profile(request, caller, topology, before);
        if (now.equals(before)) {
            return false;
        }
        step.write(new StreamsGroupRecord.MemberProfile(group.id(), request.memberId(), now));
        return before == null
                || before.topologyEpoch() != now.topologyEpoch()
                || !before.processId().equals(now.processId());
    }

    private static StreamsMember.Profile profile(
            StreamsGroupHeartbeatRequest request,
            Caller caller,
            @Nullable StreamsTopology topology,
            StreamsMember.@Nullable Profile before) {
        StreamsGroupHeartbeatRequest.Endpoint endpoint = request.userEndpoint();
        List<StreamsGroupHeartbeatRequest.KeyValue> said = request.clientTags();
        Map<String, String> tags = new TreeMap<>(before == null ? Map.of() : before.tags());
        if (said != null) {
            tags.clear();
            said.forEach(tag -> tags.put(tag.key(), tag.value()));
        }
        return new StreamsMember.Profile(
                request.rackId() == null && before != null ? before.rackId() : request.rackId(),
                caller.clientId(),
                caller.clientHost(),
                request.rebalanceTimeoutMs() == -1 && before != null
                        ? before.rebalanceTimeoutMs()
                        : request.rebalanceTimeoutMs(),
                topology == null ? before == null ? -1 : before.topologyEpoch() : topology.epoch(),
                request.processId() == null
                        ? before == null ? "" : before.processId()
                        : request.processId(),
                endpoint == null
                        ? before == null ? null : before.endpoint()
                        : new StreamsMember.Endpoint(endpoint.host(), endpoint.port()),
                tags);
    }

    /** Joining again under the same id: whatever the member had was given up by it. */
    private static StreamsMember restarted(Step step, StreamsGroupHeartbeatRequest request) {
        StreamsMember member = memberOf(step.group(), request);
        return member.epoch() == JOINING ? member : member.with(StreamsMember.Progress.NEW);
    }

    private static boolean isNewer(StreamsTopology said, @Nullable StreamsTopology known) {
        return known == null || (said.epoch() >= known.epoch() && !said.equals(known));
    }

    private static @Nullable TaskRoles ownedBy(StreamsGroupHeartbeatRequest request) {
        if (request.activeTasks() == null
                && request.standbyTasks() == null
                && request.warmupTasks() == null) {
            return null;
        }
        return new TaskRoles(
                tasks(request.activeTasks()),
                tasks(request.standbyTasks()),
                tasks(request.warmupTasks()));
    }

    private static TaskSet tasks(@Nullable List<StreamsGroupHeartbeatRequest.TaskIds> ids) {
        List<TaskSet.Task> tasks = new ArrayList<>();
        if (ids != null) {
            ids.forEach(
                    of ->
                            of.partitions()
                                    .forEach(
                                            p ->
                                                    tasks.add(
                                                            new TaskSet.Task(
                                                                    of.subtopologyId(), p))));
        }
        return TaskSet.of(tasks);
    }

    private static @Nullable StreamsTopology topologyOf(StreamsGroupHeartbeatRequest request) {
        StreamsGroupHeartbeatRequest.Topology said = request.topology();
        if (said == null) {
            return null;
        }
        List<Subtopology> parts = new ArrayList<>();
        for (StreamsGroupHeartbeatRequest.Subtopology part : said.subtopologies()) {
            part.sourceTopicRegex().forEach(StreamsHeartbeats::checkRegex);
            List<Copartition> copartitions = new ArrayList<>();
            for (StreamsGroupHeartbeatRequest.CopartitionGroup group : part.copartitionGroups()) {
                checkIndexes(group.sourceTopics(), part.sourceTopics().size());
                checkIndexes(group.sourceTopicRegex(), part.sourceTopicRegex().size());
                checkIndexes(
                        group.repartitionSourceTopics(), part.repartitionSourceTopics().size());
                copartitions.add(
                        new Copartition(
                                group.sourceTopics(),
                                group.sourceTopicRegex(),
                                group.repartitionSourceTopics()));
            }
            parts.add(
                    new Subtopology(
                            part.subtopologyId(),
                            part.sourceTopics(),
                            part.sourceTopicRegex(),
                            topics(part.stateChangelogTopics()),
                            part.repartitionSinkTopics(),
                            topics(part.repartitionSourceTopics()),
                            copartitions));
        }
        return new StreamsTopology(said.epoch(), parts);
    }

    private static void checkRegex(String regex) {
        if (TopicRegex.find(regex).isEmpty()) {
            throw new ApiException(
                    ErrorCode.STREAMS_INVALID_TOPOLOGY,
                    "source expression `" + regex + "` is invalid or too large to compile");
        }
    }

    private static void checkIndexes(List<Short> indexes, int size) {
        for (short index : indexes) {
            if (index < 0 || index >= size) {
                throw new ApiException(
                        ErrorCode.STREAMS_INVALID_TOPOLOGY,
                        "a copartition group names source " + index + " of " + size);
            }
        }
    }

    private static List<InternalTopic> topics(List<StreamsGroupHeartbeatRequest.TopicInfo> infos) {
        List<InternalTopic> topics = new ArrayList<>();
        for (StreamsGroupHeartbeatRequest.TopicInfo info : infos) {
            Map<String, String> configs = new HashMap<>();
            info.topicConfigs().forEach(config -> configs.put(config.key(), config.value()));
            topics.add(
                    new InternalTopic(
                            info.name(), info.partitions(), info.replicationFactor(), configs));
        }
        return topics;
    }

    private StreamsGroupHeartbeatResponse respond(
            Step step, StreamsGroupHeartbeatRequest request, StreamsMember member, boolean tells) {
        StreamsGroup group = step.group();
        StreamsGroupHeartbeatResponse response =
                new StreamsGroupHeartbeatResponse()
                        .memberId(member.id())
                        .memberEpoch(member.epoch())
                        .heartbeatIntervalMs(membership.settings().heartbeatIntervalMs(group.id()))
                        .endpointInformationEpoch(group.activity().endpointEpoch)
                        .status(status(step, member));
        if (tells) {
            TaskRoles assigned = member.progress().assigned();
            response.activeTasks(ids(assigned.active()))
                    .standbyTasks(ids(assigned.standby()))
                    .warmupTasks(ids(assigned.warmup()));
        }
        if (request.endpointInformationEpoch() != group.activity().endpointEpoch) {
            response.partitionsByUserEndpoint(StreamsEndpoints.of(group, membership.plan(step)));
        }
        return response;
    }

    private List<StreamsGroupHeartbeatResponse.Status> status(Step step, StreamsMember member) {
        List<StreamsGroupHeartbeatResponse.Status> all = new ArrayList<>();
        StreamsTopology topology = step.group().topology();
        if (topology != null && member.profile().topologyEpoch() < topology.epoch()) {
            all.add(
                    status(
                            TopologyPlan.STALE_TOPOLOGY,
                            "The member's topology epoch "
                                    + member.profile().topologyEpoch()
                                    + " is behind the group's "
                                    + topology.epoch()
                                    + "."));
        }
        for (TopologyPlan.Problem problem : membership.plan(step).problems()) {
            all.add(status(problem.code(), problem.detail()));
        }
        if (step.group().activity().shutdownRequested) {
            all.add(
                    status(
                            TopologyPlan.SHUTDOWN_APPLICATION,
                            "A member asked for the shutdown of the whole application."));
        }
        return all;
    }

    private static StreamsGroupHeartbeatResponse.Status status(byte code, String detail) {
        return new StreamsGroupHeartbeatResponse.Status().statusCode(code).statusDetail(detail);
    }

    private static List<StreamsGroupHeartbeatResponse.TaskIds> ids(TaskSet tasks) {
        List<StreamsGroupHeartbeatResponse.TaskIds> ids = new ArrayList<>();
        tasks.bySubtopology()
                .forEach(
                        (id, partitions) ->
                                ids.add(
                                        new StreamsGroupHeartbeatResponse.TaskIds()
                                                .subtopologyId(id)
                                                .partitions(List.copyOf(partitions))));
        return ids;
    }
}
