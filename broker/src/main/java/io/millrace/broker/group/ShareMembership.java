package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.share.ShareAssignor;
import io.millrace.broker.group.share.ShareGroupRecord;
import io.millrace.broker.group.share.ShareMember;
import io.millrace.broker.group.share.ShareRecordFormat;
import io.millrace.broker.shard.Effects;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ShareGroupHeartbeatRequest;
import io.millrace.protocol.message.ShareGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins, heartbeats and leaves of share groups. A member gets what it may read at once: nothing has
 * to be given up first, since members share partitions.
 */
final class ShareMembership {
    private static final Logger LOGGER = LoggerFactory.getLogger(ShareMembership.class);
    private static final int JOINING = 0;
    private static final int LEAVING = -1;

    private final ShareGroupSettings settings;
    private final Clock clock;
    private final Supplier<MetadataImage> metadata;
    private final GroupTable groups;

    ShareMembership(
            ShareGroupSettings settings,
            Clock clock,
            Supplier<MetadataImage> metadata,
            GroupTable groups) {
        this.settings = settings;
        this.clock = clock;
        this.metadata = metadata;
        this.groups = groups;
    }

    /** One event of one group: the only way to change it is to record the change. */
    private record Step(ShareGroup group, Effects effects) {
        void write(ShareGroupRecord record) {
            effects.append(ShareRecordFormat.encode(record));
            group.apply(record);
        }
    }

    /**
     * Everything a member asks for and is told.
     *
     * @throws ApiException with the code that the member shall see
     */
    ShareGroupHeartbeatResponse heartbeat(
            ShareGroupHeartbeatRequest request, Caller caller, Effects effects) {
        check(request);
        Step step = new Step(groupOf(request), effects);
        if (request.memberEpoch() == LEAVING) {
            remove(step, memberOf(step.group(), request), "leaves");
            return new ShareGroupHeartbeatResponse()
                    .memberId(request.memberId())
                    .memberEpoch(LEAVING);
        }
        boolean joins = request.memberEpoch() == JOINING;
        if (!joins) {
            memberOf(step.group(), request);
        }
        boolean changed = subscribe(step, request, caller);
        update(step, changed);
        boolean moved = moveOn(step, request.memberId());
        heard(step, request.memberId());
        ShareMember member = step.group().member(request.memberId());
        ShareGroupHeartbeatResponse response =
                new ShareGroupHeartbeatResponse()
                        .memberId(request.memberId())
                        .memberEpoch(member == null ? 0 : member.epoch())
                        .heartbeatIntervalMs(settings.heartbeatIntervalMs(request.groupId()));
        boolean asks = joins || request.subscribedTopicNames() != null;
        if (member != null && (asks || moved || request.memberEpoch() != member.epoch())) {
            response.assignment(assignment(member.progress().assigned()));
        }
        return response;
    }

    private static void check(ShareGroupHeartbeatRequest request) {
        if (request.groupId().isEmpty()) {
            throw new ApiException(ErrorCode.INVALID_REQUEST, "GroupId can't be empty.");
        }
        if (request.memberId().isEmpty()) {
            throw new ApiException(ErrorCode.INVALID_REQUEST, "MemberId can't be empty.");
        }
        if (request.rackId() != null && request.rackId().isEmpty()) {
            throw new ApiException(ErrorCode.INVALID_REQUEST, "RackId can't be empty.");
        }
        if (request.memberEpoch() < LEAVING) {
            throw new ApiException(
                    ErrorCode.INVALID_REQUEST, "MemberEpoch is invalid: " + request.memberEpoch());
        }
        if (request.memberEpoch() == JOINING
                && (request.subscribedTopicNames() == null
                        || request.subscribedTopicNames().isEmpty())) {
            throw new ApiException(
                    ErrorCode.INVALID_REQUEST,
                    "SubscribedTopicNames must be set in first request.");
        }
    }

    private ShareGroup groupOf(ShareGroupHeartbeatRequest request) {
        Group known = groups.get(request.groupId());
        if (known instanceof ShareGroup group) {
            return group;
        }
        if (known == null && request.memberEpoch() == JOINING) {
            return groups.put(new ShareGroup(request.groupId()));
        }
        throw new ApiException(
                ErrorCode.GROUP_ID_NOT_FOUND,
                known == null
                        ? "Share group " + request.groupId() + " not found."
                        : "Group " + request.groupId() + " is not a share group.");
    }

    private static ShareMember memberOf(ShareGroup group, ShareGroupHeartbeatRequest request) {
        ShareMember member = group.member(request.memberId());
        if (member == null) {
            throw new ApiException(
                    ErrorCode.UNKNOWN_MEMBER_ID,
                    "Member " + request.memberId() + " is not a member of group " + group.id());
        }
        int epoch = request.memberEpoch();
        // The answer that told the newer epoch may have been lost.
        if (epoch >= 0 && epoch != member.epoch() && epoch != member.progress().previousEpoch()) {
            throw new ApiException(
                    ErrorCode.FENCED_MEMBER_EPOCH,
                    "The member has epoch " + member.epoch() + ", not " + epoch);
        }
        return member;
    }

    /** Notes what the member asks for; true if that is new. */
    private boolean subscribe(Step step, ShareGroupHeartbeatRequest request, Caller caller) {
        ShareGroup group = step.group();
        ShareMember known = group.member(request.memberId());
        if (known == null && group.members().size() >= settings.maxSize()) {
            throw new ApiException(
                    ErrorCode.GROUP_MAX_SIZE_REACHED, "group.share.max.size=" + settings.maxSize());
        }
        ShareMember.Profile before = known == null ? null : known.profile();
        List<String> topics = request.subscribedTopicNames();
        ShareMember.Profile now =
                new ShareMember.Profile(
                        request.rackId() == null && before != null
                                ? before.rackId()
                                : request.rackId(),
                        caller.clientId(),
                        caller.clientHost(),
                        topics == null && before != null
                                ? before.topics()
                                : new TreeSet<>(topics == null ? List.of() : topics));
        if (now.equals(before)) {
            return false;
        }
        step.write(new ShareGroupRecord.MemberProfile(group.id(), request.memberId(), now));
        return before == null || !before.topics().equals(now.topics());
    }

    /** Raises the epoch and divides anew if members or topics have changed. */
    private void update(Step step, boolean changed) {
        ShareGroup group = step.group();
        MetadataImage image = metadata.get();
        if (!changed && !group.comparesAnew(image.offset())) {
            return;
        }
        group.comparesAnew(image.offset());
        long hash = TopicHashes.of(group.subscribedTopics(), image);
        if (!changed && hash == group.metadataHash()) {
            return;
        }
        step.write(new ShareGroupRecord.GroupEpoch(group.id(), group.epoch() + 1, hash));
        if (group.isEmpty()) {
            // Nobody is there to be given anything; the next member is.
            return;
        }
        Map<String, PartitionSet> targets = divide(group, image);
        for (ShareMember member : group.members()) {
            PartitionSet target = targets.getOrDefault(member.id(), PartitionSet.EMPTY);
            if (!target.equals(group.target(member.id()))) {
                step.write(new ShareGroupRecord.MemberTarget(group.id(), member.id(), target));
            }
        }
        step.write(new ShareGroupRecord.TargetEpoch(group.id(), group.epoch(), clock.wallMs()));
    }

    private static Map<String, PartitionSet> divide(ShareGroup group, MetadataImage image) {
        Map<UUID, Integer> partitions = new HashMap<>();
        Map<UUID, List<String>> readers = new HashMap<>();
        for (ShareMember member : group.members()) {
            for (String name : member.profile().topics()) {
                TopicImage topic = image.topic(name);
                if (topic != null) {
                    partitions.put(topic.id(), topic.partitionCount());
                    readers.computeIfAbsent(topic.id(), id -> new ArrayList<>()).add(member.id());
                }
            }
        }
        return ShareAssignor.assign(partitions, readers, group.targets());
    }

    /** The member is told its target of the newest epoch; true if it has another one now. */
    private static boolean moveOn(Step step, String memberId) {
        ShareGroup group = step.group();
        ShareMember member = group.member(memberId);
        if (member == null || member.epoch() == group.assignmentEpoch()) {
            return false;
        }
        PartitionSet target = group.target(memberId);
        boolean changed = !target.equals(member.progress().assigned());
        step.write(
                new ShareGroupRecord.MemberProgress(
                        group.id(),
                        memberId,
                        new ShareMember.Progress(group.assignmentEpoch(), member.epoch(), target)));
        return changed;
    }

    private void heard(Step step, String memberId) {
        ShareGroup group = step.group();
        long deadline = clock.monotonicMs() + settings.sessionTimeoutMs(group.id());
        if (group.deadline(memberId, deadline) == null) {
            watch(group, memberId, step.effects());
        }
    }

    private void watch(ShareGroup group, String memberId, Effects effects) {
        Long deadline = group.deadline(memberId);
        if (deadline == null) {
            return;
        }
        effects.schedule(
                Math.max(1, deadline - clock.monotonicMs()),
                later -> {
                    Long now = group.deadline(memberId);
                    ShareMember member = group.member(memberId);
                    if (now == null || member == null || !groups.holds(group)) {
                        return;
                    }
                    if (now > clock.monotonicMs()) {
                        watch(group, memberId, later);
                    } else {
                        remove(new Step(group, later), member, "session timed out");
                    }
                });
    }

    /** The shard was loaded: every member must be heard from within its session time. */
    void watchAll(ShareGroup group, Effects effects) {
        for (ShareMember member : group.members()) {
            heard(new Step(group, effects), member.id());
        }
    }

    private void remove(Step step, ShareMember member, String why) {
        ShareGroup group = step.group();
        LOGGER.atInfo()
                .addKeyValue("group", group.id())
                .addKeyValue("member", member.id())
                .addKeyValue("reason", why)
                .log("member removed");
        step.write(new ShareGroupRecord.MemberProgress(group.id(), member.id(), null));
        step.write(new ShareGroupRecord.MemberTarget(group.id(), member.id(), null));
        step.write(new ShareGroupRecord.MemberProfile(group.id(), member.id(), null));
        update(step, true);
    }

    /** Finds or makes a group without members. */
    ErrorCode empty(String groupId, boolean create, Effects effects) {
        if (groupId.isEmpty()) {
            return ErrorCode.INVALID_GROUP_ID;
        }
        Group known = groups.get(groupId);
        if (known == null && create) {
            Step step = new Step(groups.put(new ShareGroup(groupId)), effects);
            step.write(new ShareGroupRecord.GroupEpoch(groupId, 1, 0));
            step.write(new ShareGroupRecord.TargetEpoch(groupId, 1, clock.wallMs()));
            return ErrorCode.NONE;
        }
        if (!(known instanceof ShareGroup)) {
            return ErrorCode.GROUP_ID_NOT_FOUND;
        }
        return known.isEmpty() ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP;
    }

    /** Records that there is no such group any more. */
    void erase(ShareGroup group, Effects effects) {
        Step step = new Step(group, effects);
        step.write(new ShareGroupRecord.TargetRemoved(group.id()));
        step.write(new ShareGroupRecord.GroupRemoved(group.id()));
        groups.remove(group.id());
    }

    private static ShareGroupHeartbeatResponse.Assignment assignment(PartitionSet assigned) {
        List<ShareGroupHeartbeatResponse.TopicPartitions> topics = new ArrayList<>();
        for (UUID topic : assigned.topics()) {
            topics.add(
                    new ShareGroupHeartbeatResponse.TopicPartitions()
                            .topicId(topic)
                            .partitions(assigned.partitions(topic)));
        }
        return new ShareGroupHeartbeatResponse.Assignment().topicPartitions(topics);
    }

    /** Applies one record while the shard loads. */
    void apply(ShareGroupRecord record) {
        ShareGroup group = groups.get(record.group()) instanceof ShareGroup share ? share : null;
        if (record instanceof ShareGroupRecord.GroupRemoved) {
            if (group != null) {
                groups.remove(record.group());
            }
        } else if (group != null) {
            group.apply(record);
        } else if (!isEmpty(record)) {
            groups.put(new ShareGroup(record.group())).apply(record);
        }
    }

    private static boolean isEmpty(ShareGroupRecord record) {
        @Nullable Object content = record;
        if (record instanceof ShareGroupRecord.MemberProfile member) {
            content = member.profile();
        } else if (record instanceof ShareGroupRecord.MemberProgress member) {
            content = member.progress();
        } else if (record instanceof ShareGroupRecord.MemberTarget member) {
            content = member.target();
        } else if (record instanceof ShareGroupRecord.TargetRemoved
                || record instanceof ShareGroupRecord.StatePartitions) {
            content = null;
        }
        return content == null;
    }
}
