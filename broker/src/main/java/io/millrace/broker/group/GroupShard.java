package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.shard.Effects;
import io.millrace.broker.shard.ShardRuntime;
import io.millrace.broker.shard.ShardState;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.millrace.protocol.message.DescribeGroupsResponse.DescribedGroupMember;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.HeartbeatResponse;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.millrace.protocol.message.LeaveGroupResponse;
import io.millrace.protocol.message.LeaveGroupResponse.MemberResponse;
import io.millrace.protocol.message.ListGroupsResponse.ListedGroup;
import io.millrace.protocol.message.SyncGroupRequest;
import io.millrace.protocol.message.SyncGroupResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All groups of one partition of {@code __consumer_offsets}: the state machine that {@link
 * ShardRuntime} runs. Requests change the state and leave records, replies and timers in {@link
 * Effects}; loading calls {@link #apply} with the records of the log. Owned by the shard's loop; no
 * I/O.
 */
final class GroupShard implements ShardState {
    /** Replies that are not "error 0, nothing else" start from this version of LeaveGroup. */
    private static final int FIRST_LEAVE_VERSION_WITH_MEMBERS = 3;

    private static final String CLASSIC = "classic";

    private final GroupConfig config;
    private final Clock clock;
    private final Map<String, ClassicGroup> groups = new HashMap<>();
    private final Rebalance rebalance;
    private final Membership membership;
    private final GroupOffsets offsets;

    GroupShard(GroupConfig config, Clock clock, RandomSource random) {
        this.config = config;
        this.clock = clock;
        this.rebalance = new Rebalance(config, clock);
        this.membership = new Membership(config, clock, random, rebalance);
        this.offsets = new GroupOffsets(config, clock, groups, membership, rebalance);
    }

    /** What is asked about committed offsets. */
    GroupOffsets offsets() {
        return offsets;
    }

    void join(
            JoinGroupRequest request,
            Caller caller,
            CompletableFuture<JoinGroupResponse> reply,
            Effects effects) {
        int session = request.sessionTimeoutMs();
        ClassicGroup group = groups.get(request.groupId());
        ErrorCode problem = ErrorCode.NONE;
        if (request.groupId().isEmpty()) {
            problem = ErrorCode.INVALID_GROUP_ID;
        } else if (session < config.minSessionTimeoutMs()
                || session > config.maxSessionTimeoutMs()) {
            problem = ErrorCode.INVALID_SESSION_TIMEOUT;
        } else if (group == null && !request.memberId().isEmpty()) {
            problem = ErrorCode.UNKNOWN_MEMBER_ID;
        }
        if (problem != ErrorCode.NONE) {
            effects.reply(reply, Rebalance.joinFailed(request.memberId(), problem));
            return;
        }
        membership.join(
                group == null ? create(request.groupId()) : group, request, caller, reply, effects);
    }

    void sync(
            SyncGroupRequest request, CompletableFuture<SyncGroupResponse> reply, Effects effects) {
        ClassicGroup group = groups.get(request.groupId());
        if (group == null) {
            effects.reply(reply, Rebalance.syncFailed(ErrorCode.UNKNOWN_MEMBER_ID));
            return;
        }
        membership.sync(group, request, reply, effects);
    }

    void heartbeat(
            HeartbeatRequest request, CompletableFuture<HeartbeatResponse> reply, Effects effects) {
        ClassicGroup group = groups.get(request.groupId());
        ErrorCode answer =
                group == null ? ErrorCode.UNKNOWN_MEMBER_ID : membership.heartbeat(group, request);
        effects.reply(reply, new HeartbeatResponse().errorCode(answer.code()));
    }

    void leave(
            LeaveGroupRequest request,
            short version,
            CompletableFuture<LeaveGroupResponse> reply,
            Effects effects) {
        List<MemberIdentity> leaving =
                version < FIRST_LEAVE_VERSION_WITH_MEMBERS
                        ? List.of(new MemberIdentity().memberId(request.memberId()))
                        : request.members();
        ClassicGroup group = groups.get(request.groupId());
        List<MemberResponse> results = new ArrayList<>();
        for (MemberIdentity identity : leaving) {
            ErrorCode result =
                    group == null
                            ? ErrorCode.UNKNOWN_MEMBER_ID
                            : membership.leave(group, request, identity, effects);
            results.add(
                    new MemberResponse()
                            .memberId(identity.memberId())
                            .groupInstanceId(identity.groupInstanceId())
                            .errorCode(result.code()));
        }
        LeaveGroupResponse response = new LeaveGroupResponse();
        if (version < FIRST_LEAVE_VERSION_WITH_MEMBERS) {
            response.errorCode(results.get(0).errorCode());
        } else {
            response.members(results);
        }
        effects.reply(reply, response);
    }

    DescribedGroup describe(String groupId, short version) {
        ClassicGroup group = groups.get(groupId);
        DescribedGroup described = new DescribedGroup().groupId(groupId);
        if (group == null) {
            described.groupState(GroupState.DEAD.label());
            if (version >= 6) {
                described
                        .errorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
                        .errorMessage("Group " + groupId + " not found.");
            }
            return described;
        }
        boolean settled = group.is(GroupState.STABLE);
        List<DescribedGroupMember> members = new ArrayList<>();
        for (Member member : group.members()) {
            members.add(
                    new DescribedGroupMember()
                            .memberId(member.id())
                            .groupInstanceId(member.instanceId().orElse(null))
                            .clientId(member.clientId())
                            .clientHost(member.clientHost())
                            .memberMetadata(
                                    settled ? member.metadata(group.protocol()) : new byte[0])
                            .memberAssignment(settled ? member.assignment() : new byte[0]));
        }
        String protocol = group.protocol();
        return described
                .groupState(group.state().label())
                .protocolType(group.protocolType().orElse(""))
                .protocolData(settled && protocol != null ? protocol : "")
                .members(members);
    }

    List<ListedGroup> list() {
        List<ListedGroup> listed = new ArrayList<>();
        for (ClassicGroup group : groups.values()) {
            listed.add(
                    new ListedGroup()
                            .groupId(group.id())
                            .protocolType(group.protocolType().orElse(""))
                            .groupState(group.state().label())
                            .groupType(CLASSIC));
        }
        return listed;
    }

    /** Removes a group without members and everything it has committed. */
    ErrorCode delete(String groupId, Effects effects) {
        ClassicGroup group = groups.get(groupId);
        if (group == null) {
            return groupId.isEmpty() ? ErrorCode.INVALID_GROUP_ID : ErrorCode.GROUP_ID_NOT_FOUND;
        }
        if (!group.is(GroupState.EMPTY)) {
            return ErrorCode.NON_EMPTY_GROUP;
        }
        group.offsets()
                .keySet()
                .forEach(key -> effects.append(GroupRecords.offsetTombstone(groupId, key)));
        effects.append(GroupRecords.groupTombstone(groupId));
        groups.remove(groupId);
        return ErrorCode.NONE;
    }

    /** Takes over one record of the log. */
    @Override
    public void apply(byte[] key, byte @Nullable [] value) {
        apply(
                GroupRecords.parse(
                        ByteBuffer.wrap(key), value == null ? null : ByteBuffer.wrap(value)));
    }

    private void apply(GroupRecords.Parsed parsed) {
        if (parsed instanceof GroupRecords.OffsetCommitted committed) {
            groupFor(committed.group()).offsets().put(committed.partition(), committed.offset());
        } else if (parsed instanceof GroupRecords.OffsetDeleted deleted) {
            ClassicGroup group = groups.get(deleted.group());
            if (group != null) {
                group.offsets().remove(deleted.partition());
            }
        } else if (parsed instanceof GroupRecords.GroupChanged changed) {
            groupFor(changed.group()).restore(changed.snapshot());
        } else if (parsed instanceof GroupRecords.GroupDeleted deleted) {
            groups.remove(deleted.group());
        }
    }

    /** The log is read: members that were in it must be heard from within their session time. */
    @Override
    public void loaded(Effects effects) {
        for (ClassicGroup group : groups.values()) {
            for (Member member : group.members()) {
                rebalance.heard(member);
                rebalance.watchSession(group, member, effects);
            }
        }
        scheduleExpiry(effects);
    }

    /** The shard moves elsewhere: members still waiting are sent to look for it. */
    @Override
    public void unload(Consumer<Effects.Reply<?>> replies) {
        Effects effects = new Effects();
        for (ClassicGroup group : groups.values()) {
            for (Member member : group.members()) {
                member.answerJoin(
                        effects, Rebalance.joinFailed(member.id(), ErrorCode.NOT_COORDINATOR));
                member.answerSync(effects, Rebalance.syncFailed(ErrorCode.NOT_COORDINATOR));
            }
        }
        groups.clear();
        effects.replies().forEach(replies);
    }

    @Override
    public int size() {
        return groups.size();
    }

    @Nullable ClassicGroup group(String id) {
        return groups.get(id);
    }

    private void scheduleExpiry(Effects effects) {
        effects.schedule(
                config.offsetsRetentionCheckIntervalMs(),
                later -> {
                    offsets.expire(later);
                    scheduleExpiry(later);
                });
    }

    private ClassicGroup create(String groupId) {
        ClassicGroup group = new ClassicGroup(groupId, clock.wallMs());
        groups.put(groupId, group);
        return group;
    }

    private ClassicGroup groupFor(String groupId) {
        ClassicGroup group = groups.get(groupId);
        return group == null ? create(groupId) : group;
    }
}
