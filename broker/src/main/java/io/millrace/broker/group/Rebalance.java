package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.broker.shard.Effects;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.JoinGroupResponse.JoinGroupResponseMember;
import io.millrace.protocol.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules by which a classic group moves from one generation to the next, and by which members
 * are lost. Pure: works on the group, leaves records, replies and timers in {@link Effects}.
 */
final class Rebalance {
    /** A newcomer whose client is gone while the group rebalances is dropped after this time. */
    static final int NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000;

    private static final Logger LOGGER = LoggerFactory.getLogger(Rebalance.class);

    private final GroupConfig config;
    private final Clock clock;

    Rebalance(GroupConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
    }

    /** Asks all members to join again, unless the group already does so or nobody is there. */
    void maybePrepare(ClassicGroup group, String reason, Effects effects) {
        switch (group.state()) {
            case STABLE, COMPLETING_REBALANCE, EMPTY -> prepare(group, reason, effects);
            case PREPARING_REBALANCE, DEAD -> {}
        }
    }

    private void prepare(ClassicGroup group, String reason, Effects effects) {
        if (group.is(GroupState.COMPLETING_REBALANCE)) {
            failAwaitingSync(group, ErrorCode.REBALANCE_IN_PROGRESS, effects);
        }
        boolean first = group.is(GroupState.EMPTY);
        group.moveTo(GroupState.PREPARING_REBALANCE, clock.wallMs());
        group.pendingSync().clear();
        LOGGER.atInfo()
                .addKeyValue("group", group.id())
                .addKeyValue("generation", group.generation())
                .addKeyValue("reason", reason)
                .log("group rebalances");
        long round = group.nextRebalanceRound();
        if (first && config.initialRebalanceDelayMs() > 0) {
            group.initialDelay(true);
            group.takeNewMemberDuringDelay();
            long delay = config.initialRebalanceDelayMs();
            long rest = Math.max(0, group.rebalanceTimeoutMs() - delay);
            effects.schedule(delay, later -> initialDelayOver(group, round, rest, later));
            return;
        }
        group.initialDelay(false);
        effects.schedule(group.rebalanceTimeoutMs(), later -> joinTimedOut(group, round, later));
        maybeCompleteJoin(group, effects);
    }

    /** Waits on while newcomers keep arriving, within the rebalance timeout. */
    private void initialDelayOver(ClassicGroup group, long round, long restMs, Effects effects) {
        if (group.rebalanceRound() != round || !group.is(GroupState.PREPARING_REBALANCE)) {
            return;
        }
        if (group.takeNewMemberDuringDelay() && restMs > 0) {
            long delay = Math.min(config.initialRebalanceDelayMs(), restMs);
            effects.schedule(delay, later -> initialDelayOver(group, round, restMs - delay, later));
            return;
        }
        group.initialDelay(false);
        completeJoin(group, effects);
    }

    private void joinTimedOut(ClassicGroup group, long round, Effects effects) {
        if (group.rebalanceRound() == round && group.is(GroupState.PREPARING_REBALANCE)) {
            completeJoin(group, effects);
        }
    }

    /** Starts the generation if everybody expected has joined. */
    void maybeCompleteJoin(ClassicGroup group, Effects effects) {
        if (group.is(GroupState.PREPARING_REBALANCE)
                && !group.initialDelay()
                && group.allJoined()) {
            completeJoin(group, effects);
        }
    }

    private void completeJoin(ClassicGroup group, Effects effects) {
        for (Member member : List.copyOf(group.members())) {
            if (!member.isStatic() && !member.isAwaitingJoin()) {
                LOGGER.atInfo()
                        .addKeyValue("group", group.id())
                        .addKeyValue("member", member.id())
                        .log("member did not rejoin in time and was removed");
                group.remove(member);
            }
        }
        if (!group.members().isEmpty() && !group.electJoinedLeader()) {
            // Only static members that have not come back: they keep their places a while longer.
            long round = group.nextRebalanceRound();
            effects.schedule(
                    group.rebalanceTimeoutMs(), later -> joinTimedOut(group, round, later));
            return;
        }
        long round = group.nextRebalanceRound();
        group.nextGeneration(clock.wallMs());
        if (group.is(GroupState.EMPTY)) {
            LOGGER.atInfo()
                    .addKeyValue("group", group.id())
                    .addKeyValue("generation", group.generation())
                    .log("group is empty");
            effects.append(GroupRecords.group(group));
            return;
        }
        LOGGER.atInfo()
                .addKeyValue("group", group.id())
                .addKeyValue("generation", group.generation())
                .addKeyValue("members", group.members().size())
                .addKeyValue("protocol", group.protocol())
                .log("group has a new generation");
        for (Member member : group.members()) {
            member.answerJoin(effects, joined(group, member, false));
            member.isNew(false);
            heard(member);
            watchSession(group, member, effects);
        }
        effects.schedule(group.rebalanceTimeoutMs(), later -> syncTimedOut(group, round, later));
    }

    private void syncTimedOut(ClassicGroup group, long round, Effects effects) {
        if (group.rebalanceRound() != round || group.pendingSync().isEmpty()) {
            return;
        }
        if (!group.is(GroupState.COMPLETING_REBALANCE) && !group.is(GroupState.STABLE)) {
            return;
        }
        for (String memberId : List.copyOf(group.pendingSync())) {
            Member member = group.member(memberId);
            if (member != null) {
                remove(group, member, "did not sync in time", effects);
            }
        }
    }

    /** The response that tells a member its generation; the leader also learns who is in it. */
    JoinGroupResponse joined(ClassicGroup group, Member member, boolean skipAssignment) {
        List<JoinGroupResponseMember> all = List.of();
        if (group.isLeader(member.id())) {
            all = new ArrayList<>();
            for (Member other : group.members()) {
                all.add(
                        new JoinGroupResponseMember()
                                .memberId(other.id())
                                .groupInstanceId(other.instanceId().orElse(null))
                                .metadata(other.metadata(group.protocol())));
            }
        }
        return new JoinGroupResponse()
                .generationId(group.generation())
                .protocolType(group.protocolType().orElse(null))
                .protocolName(group.protocol())
                .leader(Optional.ofNullable(group.leaderId()).orElse(""))
                .skipAssignment(skipAssignment)
                .memberId(member.id())
                .members(all);
    }

    static JoinGroupResponse joinFailed(String memberId, ErrorCode error) {
        return new JoinGroupResponse()
                .errorCode(error.code())
                .memberId(memberId)
                .protocolName("")
                .leader("");
    }

    static SyncGroupResponse syncFailed(ErrorCode error) {
        return new SyncGroupResponse().errorCode(error.code()).assignment(new byte[0]);
    }

    SyncGroupResponse synced(ClassicGroup group, Member member) {
        return new SyncGroupResponse()
                .protocolType(group.protocolType().orElse(null))
                .protocolName(group.protocol())
                .assignment(member.assignment());
    }

    /** Notes a sign of life. */
    void heard(Member member) {
        member.sessionDeadlineMs(clock.monotonicMs() + member.sessionTimeoutMs());
    }

    /** Keeps one timer per member that ends when the member or its session has ended. */
    void watchSession(ClassicGroup group, Member member, Effects effects) {
        long deadlineMs = member.sessionDeadlineMs();
        if (member.watchedUntilMs() <= deadlineMs) {
            // The timer that runs looks again when it is due: most deadlines move before.
            return;
        }
        member.watchedUntilMs(deadlineMs);
        effects.schedule(
                Math.max(1, deadlineMs - clock.monotonicMs()),
                later -> checkSession(group, member, deadlineMs, later));
    }

    private void checkSession(
            ClassicGroup group, Member member, long watchedUntilMs, Effects effects) {
        if (member.watchedUntilMs() != watchedUntilMs) {
            return;
        }
        member.watchedUntilMs(Member.NOT_WATCHED);
        if (group.member(member.id()) != member) {
            return;
        }
        long leftMs = member.sessionDeadlineMs() - clock.monotonicMs();
        boolean waitsForUs =
                !member.isNew() && (member.isAwaitingJoin() || member.isAwaitingSync());
        if (leftMs <= 0 && waitsForUs) {
            // The client may not send heartbeats while we hold back its answer.
            heard(member);
            leftMs = member.sessionTimeoutMs();
        }
        if (leftMs > 0) {
            watchSession(group, member, effects);
            return;
        }
        remove(group, member, "session timed out", effects);
    }

    /** Takes a member out; the others rebalance, or the rebalance under way goes on without it. */
    void remove(ClassicGroup group, Member member, String why, Effects effects) {
        LOGGER.atInfo()
                .addKeyValue("group", group.id())
                .addKeyValue("member", member.id())
                .addKeyValue("reason", why)
                .log("member removed");
        member.answerJoin(effects, joinFailed(member.id(), ErrorCode.UNKNOWN_MEMBER_ID));
        member.answerSync(effects, syncFailed(ErrorCode.UNKNOWN_MEMBER_ID));
        group.remove(member);
        switch (group.state()) {
            case STABLE, COMPLETING_REBALANCE ->
                    maybePrepare(group, "member " + member.id() + " " + why, effects);
            case PREPARING_REBALANCE -> maybeCompleteJoin(group, effects);
            case EMPTY, DEAD -> {}
        }
    }

    /** A member id that was given out and not used in time is forgotten. */
    void removePending(ClassicGroup group, String memberId, Effects effects) {
        if (group.pendingJoin().remove(memberId)) {
            maybeCompleteJoin(group, effects);
        }
    }

    private static void failAwaitingSync(ClassicGroup group, ErrorCode error, Effects effects) {
        for (Member member : group.members()) {
            member.assignment(new byte[0]);
            member.answerSync(effects, syncFailed(error));
        }
    }
}
