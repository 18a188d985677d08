package io.millrace.broker.group;

import io.millrace.base.time.RandomSource;
import io.millrace.broker.group.ConsumerMembership.Identity;
import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.consumer.AssignedPartitions;
import io.millrace.broker.group.consumer.ConsumerGroupRecord;
import io.millrace.broker.group.consumer.ConsumerMember;
import io.millrace.broker.group.consumer.ConsumerMember.Profile;
import io.millrace.broker.group.consumer.ConsumerMember.Progress;
import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.group.consumer.TopicRegex;
import io.millrace.broker.shard.Effects;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse.Assignment;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse.TopicPartitions;
import io.millrace.protocol.message.UuidText;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The one request of the consumer protocol (KIP-848): a member joins, says what it reads and what
 * it has, learns what it is to have, and leaves.
 */
final class ConsumerHeartbeats {
    private static final int FIRST_VERSION_WITH_OWN_MEMBER_IDS = 1;

    private final GroupSettings settings;
    private final GroupTable groups;
    private final ConsumerMembership membership;
    private final ConsumerSessions sessions;
    private final ConsumerMigration migration;
    private final RandomSource random;

    ConsumerHeartbeats(
            GroupSettings settings,
            GroupTable groups,
            ConsumerMembership membership,
            ConsumerSessions sessions,
            ConsumerMigration migration,
            RandomSource random) {
        this.settings = settings;
        this.groups = groups;
        this.membership = membership;
        this.sessions = sessions;
        this.migration = migration;
        this.random = random;
    }

    /**
     * Handles one heartbeat.
     *
     * @throws ApiException if it is refused; nothing has changed then
     */
    ConsumerGroupHeartbeatResponse heartbeat(
            ConsumerGroupHeartbeatRequest request, Caller caller, Effects effects) {
        check(request, caller);
        return switch (request.memberEpoch()) {
            case ConsumerMember.LEAVE_EPOCH, ConsumerMember.AWAY_EPOCH -> leave(request, effects);
            case ConsumerMember.JOIN_EPOCH -> join(request, caller, effects);
            default -> goOn(request, caller, effects);
        };
    }

    private void check(ConsumerGroupHeartbeatRequest request, Caller caller) {
        boolean ownIds = caller.version() >= FIRST_VERSION_WITH_OWN_MEMBER_IDS;
        int epoch = request.memberEpoch();
        refuseIf(request.groupId().isEmpty(), "GroupId can't be empty.");
        refuseIf(isBlank(request.instanceId()), "InstanceId can't be empty.");
        refuseIf(isBlank(request.rackId()), "RackId can't be empty.");
        refuseIf(epoch < ConsumerMember.AWAY_EPOCH, "MemberEpoch is invalid.");
        refuseIf(
                request.memberId().isEmpty() && (ownIds || epoch != ConsumerMember.JOIN_EPOCH),
                "MemberId can't be empty.");
        if (epoch == ConsumerMember.AWAY_EPOCH) {
            refuseIf(request.instanceId() == null, "InstanceId can't be null.");
        }
        if (epoch == ConsumerMember.JOIN_EPOCH) {
            List<ConsumerGroupHeartbeatRequest.TopicPartitions> owned = request.topicPartitions();
            refuseIf(
                    request.rebalanceTimeoutMs() == -1,
                    "RebalanceTimeoutMs must be provided in first request.");
            refuseIf(
                    owned == null || !owned.isEmpty(),
                    "TopicPartitions must be empty when (re-)joining.");
            refuseIf(
                    request.subscribedTopicNames() == null
                            && request.subscribedTopicRegex() == null,
                    "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when"
                            + " (re-)joining.");
        }
        String assignor = request.serverAssignor();
        if (assignor != null && !settings.assignors().contains(assignor)) {
            throw new ApiException(
                    ErrorCode.UNSUPPORTED_ASSIGNOR,
                    "ServerAssignor "
                            + assignor
                            + " is not supported. Supported assignors: "
                            + String.join(", ", new TreeSet<>(settings.assignors()))
                            + ".");
        }
        String regex = request.subscribedTopicRegex();
        if (regex != null && !regex.isEmpty()) {
            TopicRegex.compile(regex);
        }
    }

    private ConsumerGroupHeartbeatResponse join(
            ConsumerGroupHeartbeatRequest request, Caller caller, Effects effects) {
        Identity who =
                new Identity(
                        request.memberId().isEmpty()
                                ? UuidText.of(random.nextUuid())
                                : request.memberId(),
                        request.instanceId());
        ConsumerGroup existing = groups.consumer(request.groupId());
        ConsumerMember before = null;
        if (existing != null) {
            membership.checkRoom(existing, who);
            before = ConsumerMembership.predecessor(existing, who);
            checkReleased(who, before);
        }
        ConsumerGroup group =
                existing == null
                        ? migration.makeConsumerGroup(request.groupId(), effects)
                        : existing;
        ConsumerStep step = new ConsumerStep(group, effects);
        if (existing == null) {
            // Members of the classic protocol may have come along.
            sessions.watchAll(step);
            before = ConsumerMembership.predecessor(group, who);
        }
        ConsumerMember admitted =
                membership.admit(step, who, before, profile(request, caller, before));
        ConsumerMember member = membership.reconcile(step, restarted(admitted), owned(request));
        sessions.heard(step, member);
        return response(group, member).assignment(assignment(member));
    }

    /** Joining again under the same id: whatever the member had was given up by it. */
    private static ConsumerMember restarted(ConsumerMember member) {
        return member.epoch() == ConsumerMember.JOIN_EPOCH || !member.isAway()
                ? member
                : member.with(ConsumerMembership.rejoining(member.progress()));
    }

    /** As in Kafka a static member has to be away before it joins again, even under its own id. */
    private static void checkReleased(Identity who, @Nullable ConsumerMember before) {
        if (before != null && who.instanceId() != null && !before.isAway() && !before.isClassic()) {
            throw new ApiException(
                    ErrorCode.UNRELEASED_INSTANCE_ID,
                    "Static member "
                            + who.memberId()
                            + " with instance id "
                            + who.instanceId()
                            + " cannot join the group because the instance id is owned by "
                            + before.id()
                            + " member.");
        }
    }

    private ConsumerGroupHeartbeatResponse goOn(
            ConsumerGroupHeartbeatRequest request, Caller caller, Effects effects) {
        ConsumerGroup group = existingGroup(request.groupId());
        Identity who = new Identity(request.memberId(), request.instanceId());
        ConsumerMember before = ConsumerMembership.existing(group, who);
        PartitionSet owned = owned(request);
        checkEpoch(before, request.memberEpoch(), owned);
        ConsumerStep step = new ConsumerStep(group, effects);
        ConsumerMember admitted =
                membership.admit(step, who, before, profile(request, caller, before));
        ConsumerMember member = membership.reconcile(step, admitted, owned);
        sessions.heard(step, member);
        boolean changed =
                !member.progress()
                        .assigned()
                        .partitions()
                        .equals(before.progress().assigned().partitions());
        boolean tellsAll =
                request.rebalanceTimeoutMs() != -1
                        && (request.subscribedTopicNames() != null
                                || request.subscribedTopicRegex() != null)
                        && request.topicPartitions() != null;
        return changed || tellsAll
                ? response(group, member).assignment(assignment(member))
                : response(group, member);
    }

    private ConsumerGroup existingGroup(String id) {
        ConsumerGroup group = groups.consumer(id);
        if (group == null) {
            throw new ApiException(
                    ErrorCode.GROUP_ID_NOT_FOUND,
                    groups.get(id) == null
                            ? "Consumer group " + id + " not found."
                            : "Group " + id + " is not a consumer group.");
        }
        return group;
    }

    /**
     * Whether the member may go on from its epoch. The answer that raised the epoch may have been
     * lost: then the member says the one before, and has at most what it is assigned now.
     */
    private static void checkEpoch(ConsumerMember member, int said, @Nullable PartitionSet owned) {
        if (said == member.epoch()) {
            return;
        }
        boolean mayHaveMissedTheAnswer =
                said < member.epoch()
                        && said == member.progress().previousEpoch()
                        && owned != null
                        && owned.isSubsetOf(member.progress().assigned().partitions());
        if (!mayHaveMissedTheAnswer) {
            throw new ApiException(
                    ErrorCode.FENCED_MEMBER_EPOCH,
                    "The consumer group member has a "
                            + (said > member.epoch() ? "greater" : "smaller")
                            + " member epoch ("
                            + said
                            + ") than the one known by the group coordinator ("
                            + member.epoch()
                            + "). The member must abandon all its partitions and rejoin.");
        }
    }

    private ConsumerGroupHeartbeatResponse leave(
            ConsumerGroupHeartbeatRequest request, Effects effects) {
        ConsumerGroup group = existingGroup(request.groupId());
        ConsumerMember member =
                ConsumerMembership.existing(
                        group, new Identity(request.memberId(), request.instanceId()));
        ConsumerStep step = new ConsumerStep(group, effects);
        if (request.memberEpoch() == ConsumerMember.AWAY_EPOCH) {
            step.write(
                    new ConsumerGroupRecord.MemberProgress(
                            group.id(), member.id(), away(member.progress())));
            sessions.expectNothing(group, member);
        } else {
            sessions.remove(step, member, "left");
        }
        return new ConsumerGroupHeartbeatResponse()
                .memberId(request.memberId())
                .memberEpoch(request.memberEpoch());
    }

    /** It keeps its partitions for when it comes back. */
    private static Progress away(Progress progress) {
        return new Progress(
                ConsumerMember.AWAY_EPOCH,
                progress.epoch(),
                MemberState.STABLE,
                progress.assigned(),
                AssignedPartitions.EMPTY);
    }

    /** What the request says; what it leaves out stays as it was. */
    private static Profile profile(
            ConsumerGroupHeartbeatRequest request, Caller caller, @Nullable ConsumerMember member) {
        Profile before = member == null ? Profile.NONE : member.profile();
        List<String> topics = request.subscribedTopicNames();
        String regex = request.subscribedTopicRegex();
        int rebalanceMs = request.rebalanceTimeoutMs();
        return new Profile(
                or(request.instanceId(), before.instanceId()),
                or(request.rackId(), before.rackId()),
                caller.clientId(),
                caller.clientHost(),
                topics == null ? before.topics() : new TreeSet<>(topics),
                regex == null ? before.regex() : regex,
                rebalanceMs == -1 ? before.rebalanceTimeoutMs() : rebalanceMs,
                or(request.serverAssignor(), before.assignor()),
                null);
    }

    private static @Nullable String or(@Nullable String said, @Nullable String before) {
        return said == null ? before : said;
    }

    private static @Nullable PartitionSet owned(ConsumerGroupHeartbeatRequest request) {
        List<ConsumerGroupHeartbeatRequest.TopicPartitions> said = request.topicPartitions();
        if (said == null) {
            return null;
        }
        PartitionSet.Builder owned = new PartitionSet.Builder();
        said.forEach(topic -> owned.addAll(topic.topicId(), topic.partitions()));
        return owned.build();
    }

    private ConsumerGroupHeartbeatResponse response(ConsumerGroup group, ConsumerMember member) {
        return new ConsumerGroupHeartbeatResponse()
                .memberId(member.id())
                .memberEpoch(member.epoch())
                .heartbeatIntervalMs(settings.heartbeatIntervalMs(group.id()));
    }

    private static Assignment assignment(ConsumerMember member) {
        PartitionSet assigned = member.progress().assigned().partitions();
        List<TopicPartitions> topics = new ArrayList<>();
        for (UUID topic : assigned.topics()) {
            topics.add(new TopicPartitions().topicId(topic).partitions(assigned.partitions(topic)));
        }
        return new Assignment().topicPartitions(topics);
    }

    private static boolean isBlank(@Nullable String text) {
        return text != null && text.isEmpty();
    }

    private static void refuseIf(boolean wrong, String why) {
        if (wrong) {
            throw new ApiException(ErrorCode.INVALID_REQUEST, why);
        }
    }
}
