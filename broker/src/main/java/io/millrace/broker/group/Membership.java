package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.shard.Effects;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.millrace.protocol.message.SyncGroupRequest;
import io.millrace.protocol.message.SyncGroupResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What members of classic groups ask for: join, sync, heartbeat, leave. Decides who may and hands
 * the consequences to {@link Rebalance}. Pure.
 */
final class Membership {
    /** From this version on a new member is first told its id and must come back with it. */
    static final int FIRST_VERSION_WITH_KNOWN_MEMBER_ID = 4;

    /** From this version on a static leader can be told not to assign again. */
    private static final int FIRST_VERSION_WITH_SKIP_ASSIGNMENT = 9;

    private final GroupConfig config;
    private final Clock clock;
    private final RandomSource random;
    private final Rebalance rebalance;

    /** One join on its way through the rules. */
    private record Join(
            ClassicGroup group,
            JoinGroupRequest request,
            Caller caller,
            CompletableFuture<JoinGroupResponse> reply,
            Effects effects) {

        void refuse(ErrorCode error) {
            effects.reply(reply, Rebalance.joinFailed(request.memberId(), error));
        }

        Member.Profile profile(String memberId) {
            int session = request.sessionTimeoutMs();
            // Version 0 has no rebalance timeout.
            int rebalanceMs =
                    request.rebalanceTimeoutMs() < 0 ? session : request.rebalanceTimeoutMs();
            return new Member.Profile(
                    memberId,
                    request.groupInstanceId(),
                    caller.clientId(),
                    caller.clientHost(),
                    session,
                    rebalanceMs,
                    protocols());
        }

        List<Member.Protocol> protocols() {
            return request.protocols().stream()
                    .map(p -> new Member.Protocol(p.name(), p.metadata()))
                    .toList();
        }
    }

    Membership(GroupConfig config, Clock clock, RandomSource random, Rebalance rebalance) {
        this.config = config;
        this.clock = clock;
        this.random = random;
        this.rebalance = rebalance;
    }

    /** The group exists or was created for this request. */
    void join(
            ClassicGroup group,
            JoinGroupRequest request,
            Caller caller,
            CompletableFuture<JoinGroupResponse> reply,
            Effects effects) {
        Join join = new Join(group, request, caller, reply, effects);
        if (!group.accepts(request.protocolType(), join.protocols())) {
            join.refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
        } else if (isFull(group, request)) {
            join.refuse(ErrorCode.GROUP_MAX_SIZE_REACHED);
        } else if (request.memberId().isEmpty()) {
            joinAsNew(join);
        } else {
            joinAgain(join);
        }
    }

    private boolean isFull(ClassicGroup group, JoinGroupRequest request) {
        boolean known =
                group.member(request.memberId()) != null
                        || (request.groupInstanceId() != null
                                && group.staticMember(request.groupInstanceId()) != null);
        return !known && group.members().size() >= config.maxSize();
    }

    private void joinAsNew(Join join) {
        ClassicGroup group = join.group();
        String instanceId = join.request().groupInstanceId();
        String memberId =
                (instanceId == null ? join.caller().clientId() : instanceId)
                        + "-"
                        + random.nextUuid();
        if (instanceId != null) {
            Member existing = group.staticMember(instanceId);
            if (existing == null) {
                addAndRebalance(join, memberId);
            } else {
                replaceStatic(join, existing, memberId);
            }
            return;
        }
        if (join.caller().version() < FIRST_VERSION_WITH_KNOWN_MEMBER_ID) {
            addAndRebalance(join, memberId);
            return;
        }
        group.pendingJoin().add(memberId);
        join.effects()
                .schedule(
                        join.request().sessionTimeoutMs(),
                        later -> rebalance.removePending(group, memberId, later));
        join.effects()
                .reply(join.reply(), Rebalance.joinFailed(memberId, ErrorCode.MEMBER_ID_REQUIRED));
    }

    private void joinAgain(Join join) {
        ClassicGroup group = join.group();
        JoinGroupRequest request = join.request();
        String memberId = request.memberId();
        if (request.groupInstanceId() == null && group.pendingJoin().contains(memberId)) {
            addAndRebalance(join, memberId);
            return;
        }
        ErrorCode problem = group.checkMember(memberId, request.groupInstanceId());
        Member member = group.member(memberId);
        if (problem != ErrorCode.NONE || member == null) {
            join.refuse(problem);
            return;
        }
        boolean same = member.sameProtocols(join.protocols());
        switch (group.state()) {
            case PREPARING_REBALANCE -> updateAndRebalance(join, member, "rejoined");
            case COMPLETING_REBALANCE -> {
                if (same) {
                    answerWithGeneration(join, member);
                } else {
                    updateAndRebalance(join, member, "changed its subscription");
                }
            }
            case STABLE -> {
                if (group.isLeader(memberId)) {
                    updateAndRebalance(join, member, "as leader asked for a rebalance");
                } else if (!same) {
                    updateAndRebalance(join, member, "changed its subscription");
                } else {
                    answerWithGeneration(join, member);
                }
            }
            case EMPTY, DEAD -> join.refuse(ErrorCode.UNKNOWN_MEMBER_ID);
        }
    }

    /** The member has missed its answer: it is already in the generation. */
    private void answerWithGeneration(Join join, Member member) {
        rebalance.heard(member);
        join.effects().reply(join.reply(), rebalance.joined(join.group(), member, false));
    }

    private void addAndRebalance(Join join, String memberId) {
        Member member = new Member(join.profile(memberId));
        member.isNew(true);
        member.sessionDeadlineMs(
                clock.monotonicMs()
                        + Math.max(
                                member.sessionTimeoutMs(), Rebalance.NEW_MEMBER_JOIN_TIMEOUT_MS));
        member.awaitJoin(join.reply());
        join.group().add(member, join.request().protocolType());
        rebalance.watchSession(join.group(), member, join.effects());
        rebalance.maybePrepare(join.group(), "member " + memberId + " joined", join.effects());
        rebalance.maybeCompleteJoin(join.group(), join.effects());
    }

    private void updateAndRebalance(Join join, Member member, String why) {
        // A repeated join supersedes the one that still waits.
        member.answerJoin(
                join.effects(), Rebalance.joinFailed(member.id(), ErrorCode.REBALANCE_IN_PROGRESS));
        member.update(join.profile(member.id()));
        member.awaitJoin(join.reply());
        rebalance.heard(member);
        rebalance.maybePrepare(join.group(), "member " + member.id() + " " + why, join.effects());
        rebalance.maybeCompleteJoin(join.group(), join.effects());
    }

    private void replaceStatic(Join join, Member member, String newId) {
        ClassicGroup group = join.group();
        Effects effects = join.effects();
        String oldId = member.id();
        String oldLeader = Optional.ofNullable(group.leaderId()).orElse("");
        byte[] oldMetadata = member.metadata(group.protocol());
        member.answerJoin(effects, Rebalance.joinFailed(oldId, ErrorCode.FENCED_INSTANCE_ID));
        member.answerSync(effects, Rebalance.syncFailed(ErrorCode.FENCED_INSTANCE_ID));
        group.replaceStatic(member, join.profile(newId));
        rebalance.heard(member);
        rebalance.watchSession(group, member, effects);
        boolean nothingChanges =
                group.is(GroupState.STABLE)
                        && group.selectProtocol().equals(group.protocol())
                        && java.util.Arrays.equals(oldMetadata, member.metadata(group.protocol()));
        if (!nothingChanges) {
            member.awaitJoin(join.reply());
            rebalance.maybePrepare(
                    group, "static member " + newId + " came back with changes", effects);
            rebalance.maybeCompleteJoin(group, effects);
            return;
        }
        effects.append(GroupRecords.group(group));
        JoinGroupResponse response = rebalance.joined(group, member, group.isLeader(newId));
        if (join.caller().version() < FIRST_VERSION_WITH_SKIP_ASSIGNMENT) {
            // The old leader's id keeps a returning leader from assigning again, since a stable
            // group would not hand its assignment on.
            response.leader(oldLeader).members(List.of()).skipAssignment(false);
        }
        effects.reply(join.reply(), response);
    }

    void sync(
            ClassicGroup group,
            SyncGroupRequest request,
            CompletableFuture<SyncGroupResponse> reply,
            Effects effects) {
        ErrorCode problem =
                group.checkGeneration(
                        request.memberId(), request.groupInstanceId(), request.generationId());
        if (problem == ErrorCode.NONE && contradicts(group, request)) {
            problem = ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
        }
        Member member = group.member(request.memberId());
        if (problem != ErrorCode.NONE || member == null) {
            effects.reply(reply, Rebalance.syncFailed(problem));
            return;
        }
        switch (group.state()) {
            case EMPTY, DEAD ->
                    effects.reply(reply, Rebalance.syncFailed(ErrorCode.UNKNOWN_MEMBER_ID));
            case PREPARING_REBALANCE ->
                    effects.reply(reply, Rebalance.syncFailed(ErrorCode.REBALANCE_IN_PROGRESS));
            case COMPLETING_REBALANCE -> {
                group.pendingSync().remove(member.id());
                member.answerSync(effects, Rebalance.syncFailed(ErrorCode.REBALANCE_IN_PROGRESS));
                member.awaitSync(reply);
                if (group.isLeader(member.id())) {
                    takeAssignment(group, request, effects);
                }
            }
            case STABLE -> {
                group.pendingSync().remove(member.id());
                rebalance.heard(member);
                effects.reply(reply, rebalance.synced(group, member));
            }
        }
    }

    private void takeAssignment(ClassicGroup group, SyncGroupRequest request, Effects effects) {
        Map<String, byte[]> assigned = new HashMap<>();
        request.assignments().forEach(a -> assigned.put(a.memberId(), a.assignment()));
        for (Member member : group.members()) {
            member.assignment(assigned.getOrDefault(member.id(), new byte[0]));
        }
        group.moveTo(GroupState.STABLE, clock.wallMs());
        effects.append(GroupRecords.group(group));
        for (Member member : group.members()) {
            if (member.isAwaitingSync()) {
                rebalance.heard(member);
                member.answerSync(effects, rebalance.synced(group, member));
            }
        }
    }

    ErrorCode heartbeat(ClassicGroup group, HeartbeatRequest request) {
        ErrorCode problem =
                group.checkGeneration(
                        request.memberId(), request.groupInstanceId(), request.generationId());
        Member member = group.member(request.memberId());
        if (problem != ErrorCode.NONE || member == null) {
            return problem;
        }
        rebalance.heard(member);
        return switch (group.state()) {
            case STABLE, COMPLETING_REBALANCE -> ErrorCode.NONE;
            case PREPARING_REBALANCE -> ErrorCode.REBALANCE_IN_PROGRESS;
            case EMPTY, DEAD -> ErrorCode.UNKNOWN_MEMBER_ID;
        };
    }

    /** Takes one member out at its own or an administrator's wish. */
    ErrorCode leave(
            ClassicGroup group,
            LeaveGroupRequest request,
            MemberIdentity identity,
            Effects effects) {
        String memberId = identity.memberId();
        String instanceId = identity.groupInstanceId();
        if (instanceId == null && group.pendingJoin().contains(memberId)) {
            rebalance.removePending(group, memberId, effects);
            return ErrorCode.NONE;
        }
        Member member;
        if (memberId.isEmpty() && instanceId != null) {
            // An administrator removes a static member without knowing its id.
            member = group.staticMember(instanceId);
        } else {
            ErrorCode problem = group.checkMember(memberId, instanceId);
            if (problem != ErrorCode.NONE) {
                return problem;
            }
            member = group.member(memberId);
        }
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        String reason = identity.reason();
        rebalance.remove(group, member, reason == null ? "left" : "left: " + reason, effects);
        return ErrorCode.NONE;
    }

    private static boolean contradicts(ClassicGroup group, SyncGroupRequest request) {
        String type = request.protocolType();
        String name = request.protocolName();
        return (type != null && !type.equals(group.protocolType().orElse(null)))
                || (name != null && !name.equals(group.protocol()));
    }
}
