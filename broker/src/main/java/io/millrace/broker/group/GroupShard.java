package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.group.consumer.ConsumerGroupRecord;
import io.millrace.broker.shard.Effects;
import io.millrace.broker.shard.ShardRuntime;
import io.millrace.broker.shard.ShardState;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.HeartbeatResponse;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.millrace.protocol.message.LeaveGroupResponse;
import io.millrace.protocol.message.LeaveGroupResponse.MemberResponse;
import io.millrace.protocol.message.ShareGroupHeartbeatRequest;
import io.millrace.protocol.message.ShareGroupHeartbeatResponse;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest;
import io.millrace.protocol.message.StreamsGroupHeartbeatResponse;
import io.millrace.protocol.message.SyncGroupRequest;
import io.millrace.protocol.message.SyncGroupResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
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

    private final GroupConfig config;
    private final Clock clock;
    private final GroupTable groups = new GroupTable();
    private final OffsetTable offsetTable = new OffsetTable();
    private final PendingTransactionOffsets pendingOffsets = new PendingTransactionOffsets();
    private final TransactionalCommits transactionalCommits;
    private final Rebalance rebalance;
    private final Membership membership;
    private final GroupOffsets offsets;
    private final GroupViews views;
    private final ConsumerMigration migration;
    private final ConsumerSessions sessions;
    private final ConsumerHeartbeats heartbeats;
    private final ClassicMembership classicMembership;
    private final ShareMembership shareMembership;
    private final StreamsMembership streamsMembership;
    private final StreamsHeartbeats streamsHeartbeats;

    GroupShard(
            GroupConfig config,
            Clock clock,
            RandomSource random,
            Supplier<MetadataImage> metadata) {
        this.config = config;
        this.clock = clock;
        this.rebalance = new Rebalance(config, clock);
        this.membership = new Membership(config, clock, random, rebalance);
        this.offsets =
                new GroupOffsets(
                        config, clock, metadata, groups, offsetTable, pendingOffsets, rebalance);
        this.transactionalCommits = new TransactionalCommits(config, offsets, pendingOffsets);
        GroupSettings settings = new GroupSettings(config.consumer(), metadata);
        this.views = new GroupViews(settings, metadata, groups);
        this.migration =
                new ConsumerMigration(config, settings, clock, metadata, groups, rebalance);
        ConsumerTargets targets = new ConsumerTargets(settings, clock, metadata, groups);
        ConsumerRegexes regexes = new ConsumerRegexes(settings, clock, metadata, groups, targets);
        this.sessions = new ConsumerSessions(settings, clock, groups, targets, regexes, migration);
        ConsumerMembership consumers =
                new ConsumerMembership(settings, metadata, targets, regexes, sessions);
        this.heartbeats =
                new ConsumerHeartbeats(settings, groups, consumers, sessions, migration, random);
        this.classicMembership = new ClassicMembership(random, metadata, consumers, sessions);
        this.shareMembership =
                new ShareMembership(
                        new ShareGroupSettings(config.share(), metadata), clock, metadata, groups);
        this.streamsMembership =
                new StreamsMembership(
                        new StreamsGroupSettings(config.streams(), metadata),
                        clock,
                        metadata,
                        groups);
        this.streamsHeartbeats = new StreamsHeartbeats(groups, streamsMembership);
    }

    /** What is asked about committed offsets. */
    GroupOffsets offsets() {
        return offsets;
    }

    /** Offsets that are committed in producers' transactions. */
    TransactionalCommits transactionalCommits() {
        return transactionalCommits;
    }

    void join(
            JoinGroupRequest request,
            Caller caller,
            CompletableFuture<JoinGroupResponse> reply,
            Effects effects) {
        int session = request.sessionTimeoutMs();
        Group group = groups.get(request.groupId());
        ErrorCode problem = ErrorCode.NONE;
        if (request.groupId().isEmpty()) {
            problem = ErrorCode.INVALID_GROUP_ID;
        } else if (session < config.minSessionTimeoutMs()
                || session > config.maxSessionTimeoutMs()) {
            problem = ErrorCode.INVALID_SESSION_TIMEOUT;
        } else if ((group == null || isLeftover(group)) && !request.memberId().isEmpty()) {
            problem = ErrorCode.UNKNOWN_MEMBER_ID;
        }
        if (problem != ErrorCode.NONE) {
            effects.reply(reply, Rebalance.joinFailed(request.memberId(), problem));
        } else if (group instanceof ConsumerGroup consumer && !consumer.isEmpty()) {
            effects.reply(reply, joinConsumerGroup(consumer, request, caller, effects));
        } else {
            ClassicGroup classic = classicGroup(request.groupId(), effects);
            membership.join(classic, request, caller, reply, effects);
            if (group == null && classic.members().isEmpty() && classic.pendingJoin().isEmpty()) {
                // A refused request leaves no group behind.
                groups.remove(classic.id());
            }
        }
    }

    private JoinGroupResponse joinConsumerGroup(
            ConsumerGroup group, JoinGroupRequest request, Caller caller, Effects effects) {
        try {
            return classicMembership.join(group, request, caller, effects);
        } catch (ApiException e) {
            return Rebalance.joinFailed(request.memberId(), e.error());
        }
    }

    /** A group of the consumer protocol that everybody has left. */
    private static boolean isLeftover(Group group) {
        return group instanceof ConsumerGroup && group.isEmpty();
    }

    private ClassicGroup classicGroup(String groupId, Effects effects) {
        ClassicGroup group = groups.classic(groupId);
        if (group != null) {
            return group;
        }
        ConsumerGroup leftover = groups.consumer(groupId);
        if (leftover != null) {
            migration.erase(new ConsumerStep(leftover, effects));
        }
        return groups.put(new ClassicGroup(groupId, clock.wallMs()));
    }

    void sync(
            SyncGroupRequest request, CompletableFuture<SyncGroupResponse> reply, Effects effects) {
        Group group = groups.get(request.groupId());
        if (group instanceof ClassicGroup classic) {
            membership.sync(classic, request, reply, effects);
        } else if (group instanceof ConsumerGroup consumer) {
            try {
                effects.reply(reply, classicMembership.sync(consumer, request, effects));
            } catch (ApiException e) {
                effects.reply(reply, Rebalance.syncFailed(e.error()));
            }
        } else {
            effects.reply(reply, Rebalance.syncFailed(noGroup(request.groupId())));
        }
    }

    void heartbeat(
            HeartbeatRequest request, CompletableFuture<HeartbeatResponse> reply, Effects effects) {
        Group group = groups.get(request.groupId());
        ErrorCode answer = noGroup(request.groupId());
        if (group instanceof ClassicGroup classic) {
            answer = membership.heartbeat(classic, request);
        } else if (group instanceof ConsumerGroup consumer) {
            try {
                answer = classicMembership.heartbeat(consumer, request, effects);
            } catch (ApiException e) {
                answer = e.error();
            }
        }
        effects.reply(reply, new HeartbeatResponse().errorCode(answer.code()));
    }

    /** What a member of a group that is not there is told. */
    private static ErrorCode noGroup(String groupId) {
        return groupId.isEmpty() ? ErrorCode.INVALID_GROUP_ID : ErrorCode.UNKNOWN_MEMBER_ID;
    }

    void consumerHeartbeat(
            ConsumerGroupHeartbeatRequest request,
            Caller caller,
            CompletableFuture<ConsumerGroupHeartbeatResponse> reply,
            Effects effects) {
        try {
            effects.reply(reply, heartbeats.heartbeat(request, caller, effects));
        } catch (ApiException e) {
            effects.reply(
                    reply,
                    new ConsumerGroupHeartbeatResponse()
                            .errorCode(e.error().code())
                            .errorMessage(e.getMessage()));
        }
    }

    void shareHeartbeat(
            ShareGroupHeartbeatRequest request,
            Caller caller,
            CompletableFuture<ShareGroupHeartbeatResponse> reply,
            Effects effects) {
        try {
            effects.reply(reply, shareMembership.heartbeat(request, caller, effects));
        } catch (ApiException e) {
            effects.reply(
                    reply,
                    new ShareGroupHeartbeatResponse()
                            .errorCode(e.error().code())
                            .errorMessage(e.getMessage()));
        }
    }

    void streamsHeartbeat(
            StreamsGroupHeartbeatRequest request,
            Caller caller,
            CompletableFuture<StreamsGroupHeartbeatResponse> reply,
            Effects effects) {
        try {
            effects.reply(reply, streamsHeartbeats.heartbeat(request, caller, effects));
        } catch (ApiException e) {
            effects.reply(
                    reply,
                    new StreamsGroupHeartbeatResponse()
                            .errorCode(e.error().code())
                            .errorMessage(e.getMessage()));
        }
    }

    void leave(
            LeaveGroupRequest request,
            short version,
            CompletableFuture<LeaveGroupResponse> reply,
            Effects effects) {
        if (request.groupId().isEmpty()) {
            effects.reply(
                    reply, new LeaveGroupResponse().errorCode(ErrorCode.INVALID_GROUP_ID.code()));
            return;
        }
        List<MemberIdentity> leaving =
                version < FIRST_LEAVE_VERSION_WITH_MEMBERS
                        ? List.of(new MemberIdentity().memberId(request.memberId()))
                        : request.members();
        List<MemberResponse> results = new ArrayList<>();
        for (MemberIdentity identity : leaving) {
            results.add(
                    new MemberResponse()
                            .memberId(identity.memberId())
                            .groupInstanceId(identity.groupInstanceId())
                            .errorCode(leave(request, identity, effects).code()));
        }
        LeaveGroupResponse response = new LeaveGroupResponse();
        if (version < FIRST_LEAVE_VERSION_WITH_MEMBERS) {
            response.errorCode(results.get(0).errorCode());
        } else {
            response.members(results);
        }
        effects.reply(reply, response);
    }

    private ErrorCode leave(LeaveGroupRequest request, MemberIdentity identity, Effects effects) {
        Group group = groups.get(request.groupId());
        if (group instanceof ClassicGroup classic) {
            return membership.leave(classic, request, identity, effects);
        }
        return group instanceof ConsumerGroup consumer
                ? classicMembership.leave(consumer, identity, effects)
                : ErrorCode.UNKNOWN_MEMBER_ID;
    }

    ErrorCode emptyShareGroup(String groupId, boolean create, Effects effects) {
        return shareMembership.empty(groupId, create, effects);
    }

    /** How far the groups have read, by group, for other threads. */
    Map<String, Map<TopicPartitionKey, CommittedOffset>> committedOffsets() {
        return offsetTable.view();
    }

    /** What administrators see. */
    GroupViews views() {
        return views;
    }

    /** Removes a group without members and everything it has committed. */
    ErrorCode delete(String groupId, Effects effects) {
        Group group = groups.get(groupId);
        if (group == null) {
            return groupId.isEmpty() ? ErrorCode.INVALID_GROUP_ID : ErrorCode.GROUP_ID_NOT_FOUND;
        }
        if (!group.isEmpty()) {
            return ErrorCode.NON_EMPTY_GROUP;
        }
        offsets.deleteAll(groupId, effects);
        if (group instanceof ConsumerGroup consumer) {
            migration.erase(new ConsumerStep(consumer, effects));
        } else if (group instanceof ShareGroup share) {
            shareMembership.erase(share, effects);
        } else if (group instanceof StreamsGroup streams) {
            streamsMembership.erase(streams, effects);
        } else {
            effects.append(GroupRecords.groupTombstone(groupId));
            groups.remove(groupId);
        }
        return ErrorCode.NONE;
    }

    @Override
    public void apply(byte[] key, byte @Nullable [] value) {
        apply(
                GroupRecords.parse(
                        ByteBuffer.wrap(key), value == null ? null : ByteBuffer.wrap(value)));
    }

    @Override
    public void applyInTransaction(long producerId, byte[] key, byte @Nullable [] value) {
        GroupRecords.Parsed parsed =
                GroupRecords.parse(
                        ByteBuffer.wrap(key), value == null ? null : ByteBuffer.wrap(value));
        if (parsed instanceof GroupRecords.OffsetCommitted committed) {
            transactionalCommits.replay(producerId, committed);
        } else {
            throw new IllegalArgumentException("not an offset, in a transaction: " + parsed);
        }
    }

    @Override
    public void applyTransactionEnd(long producerId, boolean commit) {
        transactionalCommits.replayEnd(producerId, commit);
    }

    private void apply(GroupRecords.Parsed parsed) {
        if (parsed instanceof GroupRecords.OffsetCommitted committed) {
            offsetTable.put(committed.group(), committed.partition(), committed.offset());
            pendingOffsets.overtake(committed.group(), committed.partition());
        } else if (parsed instanceof GroupRecords.OffsetDeleted deleted) {
            offsetTable.remove(deleted.group(), deleted.partition());
            pendingOffsets.drop(deleted.group(), deleted.partition());
        } else if (parsed instanceof GroupRecords.GroupChanged changed) {
            ClassicGroup known = groups.classic(changed.group());
            ClassicGroup group =
                    known == null
                            ? groups.put(new ClassicGroup(changed.group(), clock.wallMs()))
                            : known;
            group.restore(changed.snapshot());
        } else if (parsed instanceof GroupRecords.GroupDeleted deleted) {
            if (groups.classic(deleted.group()) != null) {
                groups.remove(deleted.group());
            }
        } else if (parsed instanceof GroupRecords.ConsumerGroupChanged changed) {
            applyToConsumerGroup(changed.record());
        } else if (parsed instanceof GroupRecords.ShareGroupChanged changed) {
            shareMembership.apply(changed.record());
        } else if (parsed instanceof GroupRecords.StreamsGroupChanged changed) {
            streamsMembership.apply(changed.record());
        }
    }

    private void applyToConsumerGroup(ConsumerGroupRecord record) {
        ConsumerGroup group = groups.consumer(record.group());
        if (record instanceof ConsumerGroupRecord.GroupRemoved) {
            if (group != null) {
                groups.remove(record.group());
            }
        } else if (group != null) {
            group.apply(record);
        } else if (startsGroup(record)) {
            // Profiles of members stand in the log before the first epoch of their group.
            groups.put(new ConsumerGroup(record.group())).apply(record);
        }
    }

    /** Whether the record is not one of those that take a group apart. */
    private static boolean startsGroup(ConsumerGroupRecord record) {
        if (record instanceof ConsumerGroupRecord.MemberProfile member) {
            return member.profile() != null;
        } else if (record instanceof ConsumerGroupRecord.MemberProgress member) {
            return member.progress() != null;
        } else if (record instanceof ConsumerGroupRecord.MemberTarget member) {
            return member.target() != null;
        } else if (record instanceof ConsumerGroupRecord.Regex regex) {
            return regex.resolved() != null;
        }
        return record instanceof ConsumerGroupRecord.GroupEpoch
                || record instanceof ConsumerGroupRecord.TargetEpoch;
    }

    /** The log is read: members that were in it must be heard from within their session time. */
    @Override
    public void loaded(Effects effects) {
        Set<String> withOffsets = new HashSet<>(offsetTable.groups());
        withOffsets.addAll(pendingOffsets.groups());
        for (String groupId : withOffsets) {
            if (groups.get(groupId) == null) {
                // It only ever committed offsets.
                groups.put(new ClassicGroup(groupId, clock.wallMs()));
            }
        }
        for (Group group : groups.all()) {
            if (group instanceof ConsumerGroup consumer) {
                sessions.watchAll(new ConsumerStep(consumer, effects));
            } else if (group instanceof ShareGroup share) {
                shareMembership.watchAll(share, effects);
            } else if (group instanceof StreamsGroup streams) {
                streamsMembership.watchAll(streams, effects);
            } else if (group instanceof ClassicGroup classic) {
                for (Member member : classic.members()) {
                    rebalance.heard(member);
                    rebalance.watchSession(classic, member, effects);
                }
            }
        }
        scheduleExpiry(effects);
    }

    /** The shard moves elsewhere: members still waiting are sent to look for it. */
    @Override
    public void unload(Consumer<Effects.Reply<?>> replies) {
        Effects effects = new Effects();
        for (Group group : groups.all()) {
            if (group instanceof ClassicGroup classic) {
                for (Member member : classic.members()) {
                    member.answerJoin(
                            effects, Rebalance.joinFailed(member.id(), ErrorCode.NOT_COORDINATOR));
                    member.answerSync(effects, Rebalance.syncFailed(ErrorCode.NOT_COORDINATOR));
                }
            }
        }
        groups.clear();
        effects.replies().forEach(replies);
    }

    @Override
    public ErrorCode recordTooLarge() {
        return ErrorCode.INVALID_COMMIT_OFFSET_SIZE;
    }

    @Override
    public int size() {
        return groups.size();
    }

    private void scheduleExpiry(Effects effects) {
        effects.schedule(
                config.offsetsRetentionCheckIntervalMs(),
                later -> {
                    offsets.expire(later);
                    scheduleExpiry(later);
                });
    }
}
