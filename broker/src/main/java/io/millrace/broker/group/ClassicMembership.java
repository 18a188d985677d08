package io.millrace.broker.group;

import io.millrace.base.time.RandomSource;
import io.millrace.broker.group.ConsumerMembership.Identity;
import io.millrace.broker.group.consumer.ConsumerMember;
import io.millrace.broker.group.consumer.ConsumerMember.Classic;
import io.millrace.broker.group.consumer.ConsumerMember.Profile;
import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.shard.Effects;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerProtocolSubscription;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.millrace.protocol.message.SyncGroupRequest;
import io.millrace.protocol.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Members of a consumer group that speak the classic protocol, as while a group's consumers are
 * upgraded one by one. To each of them the coordinator is the leader: the member epoch is its
 * generation, and the answer to its sync is what it is assigned now.
 */
final class ClassicMembership {
    private final RandomSource random;
    private final Supplier<MetadataImage> metadata;
    private final ConsumerMembership membership;
    private final ConsumerSessions sessions;

    ClassicMembership(
            RandomSource random,
            Supplier<MetadataImage> metadata,
            ConsumerMembership membership,
            ConsumerSessions sessions) {
        this.random = random;
        this.metadata = metadata;
        this.membership = membership;
        this.sessions = sessions;
    }

    /**
     * Joins, or joins again; answered at once.
     *
     * @throws ApiException if it is refused; nothing has changed then
     */
    JoinGroupResponse join(
            ConsumerGroup group, JoinGroupRequest request, Caller caller, Effects effects) {
        checkProtocols(group, request);
        ConsumerProtocolSubscription subscription =
                ClassicSubscription.read(request.protocols().get(0).metadata())
                        .orElseThrow(() -> new ApiException(ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
        boolean isNew = request.memberId().isEmpty();
        if (isNew
                && request.groupInstanceId() == null
                && caller.version() >= Membership.FIRST_VERSION_WITH_KNOWN_MEMBER_ID) {
            return Rebalance.joinFailed(newId(request, caller), ErrorCode.MEMBER_ID_REQUIRED);
        }
        Identity who =
                new Identity(
                        isNew ? newId(request, caller) : request.memberId(),
                        request.groupInstanceId());
        membership.checkRoom(group, who);
        ConsumerMember before =
                !isNew && who.instanceId() != null
                        ? ConsumerMembership.existing(group, who)
                        : ConsumerMembership.predecessor(group, who);
        ConsumerStep step = new ConsumerStep(group, effects);
        ConsumerMember admitted =
                membership.admit(step, who, before, profile(request, caller, subscription));
        ConsumerMember member =
                membership.reconcile(
                        step,
                        admitted.isAway()
                                ? admitted.with(ConsumerMembership.rejoining(admitted.progress()))
                                : admitted,
                        ClassicSubscription.owned(subscription, metadata.get()));
        sessions.heard(step, member);
        sessions.expect(step, member, now -> true);
        return new JoinGroupResponse()
                .memberId(member.id())
                .generationId(member.epoch())
                .protocolType(ClassicGroup.CONSUMER_TYPE)
                .protocolName(request.protocols().get(0).name())
                .leader("");
    }

    private String newId(JoinGroupRequest request, Caller caller) {
        String instanceId = request.groupInstanceId();
        return (instanceId == null ? caller.clientId() : instanceId) + "-" + random.nextUuid();
    }

    /** All members that speak the classic protocol have a way of assigning in common. */
    private static void checkProtocols(ConsumerGroup group, JoinGroupRequest request) {
        boolean consumers = request.protocolType().equals(ClassicGroup.CONSUMER_TYPE);
        Set<String> common = new TreeSet<>();
        request.protocols().forEach(protocol -> common.add(protocol.name()));
        for (ConsumerMember member : group.members()) {
            Classic classic = member.profile().classic();
            if (classic != null && !member.id().equals(request.memberId())) {
                common.retainAll(
                        classic.protocols().stream().map(ConsumerMember.Protocol::name).toList());
            }
        }
        if (!consumers || common.isEmpty()) {
            throw new ApiException(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
        }
    }

    private static Profile profile(
            JoinGroupRequest request, Caller caller, ConsumerProtocolSubscription subscription) {
        List<ConsumerMember.Protocol> protocols = new ArrayList<>();
        request.protocols()
                .forEach(p -> protocols.add(new ConsumerMember.Protocol(p.name(), p.metadata())));
        int session = request.sessionTimeoutMs();
        return new Profile(
                request.groupInstanceId(),
                subscription.rackId(),
                caller.clientId(),
                caller.clientHost(),
                new TreeSet<>(subscription.topics()),
                "",
                request.rebalanceTimeoutMs() < 0 ? session : request.rebalanceTimeoutMs(),
                null,
                new Classic(session, protocols));
    }

    /** Tells the member what it has now. */
    SyncGroupResponse sync(ConsumerGroup group, SyncGroupRequest request, Effects effects) {
        ConsumerMember member =
                member(
                        group,
                        request.memberId(),
                        request.groupInstanceId(),
                        request.generationId());
        Classic classic = classicPart(member);
        ConsumerMember.Protocol protocol = classic.protocols().get(0);
        String type = request.protocolType();
        String name = request.protocolName();
        if ((type != null && !type.equals(ClassicGroup.CONSUMER_TYPE))
                || (name != null && !name.equals(protocol.name()))) {
            throw new ApiException(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
        }
        ConsumerStep step = new ConsumerStep(group, effects);
        sessions.heard(step, member);
        if (group.assignmentEpoch() > member.epoch()
                && member.state() != MemberState.UNREVOKED_PARTITIONS) {
            sessions.expectAtLast(step, member);
            throw new ApiException(ErrorCode.REBALANCE_IN_PROGRESS);
        }
        if (member.state() == MemberState.UNREVOKED_PARTITIONS) {
            sessions.expectRevocation(step, member);
        } else {
            sessions.expectNothing(group, member);
        }
        return new SyncGroupResponse()
                .protocolType(ClassicGroup.CONSUMER_TYPE)
                .protocolName(protocol.name())
                .assignment(
                        ClassicSubscription.writeAssignment(
                                ClassicSubscription.withNames(
                                        member.progress().assigned().partitions(), metadata.get()),
                                protocol.metadata()));
    }

    /** A sign of life; REBALANCE_IN_PROGRESS when joining again would bring the member further. */
    ErrorCode heartbeat(ConsumerGroup group, HeartbeatRequest request, Effects effects) {
        ConsumerMember member =
                member(
                        group,
                        request.memberId(),
                        request.groupInstanceId(),
                        request.generationId());
        ConsumerStep step = new ConsumerStep(group, effects);
        sessions.heard(step, member);
        membership.lookAround(step);
        boolean toRejoin =
                member.epoch() < group.assignmentEpoch()
                        || member.state() == MemberState.UNREVOKED_PARTITIONS
                        || group.couldGoOn(member);
        if (!toRejoin) {
            return ErrorCode.NONE;
        }
        sessions.expectAtLast(step, member);
        return ErrorCode.REBALANCE_IN_PROGRESS;
    }

    /** Takes one member out at its own or an administrator's wish. */
    ErrorCode leave(ConsumerGroup group, MemberIdentity identity, Effects effects) {
        String instanceId = identity.groupInstanceId();
        ConsumerMember member;
        if (identity.memberId().isEmpty() && instanceId != null) {
            member = group.staticMember(instanceId);
        } else {
            try {
                member =
                        ConsumerMembership.existing(
                                group, new Identity(identity.memberId(), instanceId));
            } catch (ApiException e) {
                return e.error();
            }
        }
        if (member == null || !member.isClassic()) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        sessions.remove(new ConsumerStep(group, effects), member, "left");
        return ErrorCode.NONE;
    }

    private static ConsumerMember member(
            ConsumerGroup group, String memberId, @Nullable String instanceId, int generation) {
        ConsumerMember member =
                ConsumerMembership.existing(group, new Identity(memberId, instanceId));
        classicPart(member);
        if (member.epoch() != generation) {
            throw new ApiException(ErrorCode.ILLEGAL_GENERATION);
        }
        return member;
    }

    private static Classic classicPart(ConsumerMember member) {
        Classic classic = member.profile().classic();
        if (classic == null) {
            throw new ApiException(
                    ErrorCode.UNKNOWN_MEMBER_ID,
                    "Member " + member.id() + " does not use the classic protocol.");
        }
        return classic;
    }
}
