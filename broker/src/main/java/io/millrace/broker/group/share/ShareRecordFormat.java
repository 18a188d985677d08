package io.millrace.broker.group.share;

import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.shard.CoordinatorRecord;
import io.millrace.protocol.coordinator.ShareGroupCurrentMemberAssignmentKey;
import io.millrace.protocol.coordinator.ShareGroupCurrentMemberAssignmentValue;
import io.millrace.protocol.coordinator.ShareGroupMemberMetadataKey;
import io.millrace.protocol.coordinator.ShareGroupMemberMetadataValue;
import io.millrace.protocol.coordinator.ShareGroupMetadataKey;
import io.millrace.protocol.coordinator.ShareGroupMetadataValue;
import io.millrace.protocol.coordinator.ShareGroupStatePartitionMetadataKey;
import io.millrace.protocol.coordinator.ShareGroupTargetAssignmentMemberKey;
import io.millrace.protocol.coordinator.ShareGroupTargetAssignmentMemberValue;
import io.millrace.protocol.coordinator.ShareGroupTargetAssignmentMetadataKey;
import io.millrace.protocol.coordinator.ShareGroupTargetAssignmentMetadataValue;
import io.millrace.protocol.message.ApiMessage;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Records of share groups in Kafka's own format: key {@code [int16 type][key message version 0]},
 * value {@code [int16 version][value message]}; the messages are generated from Kafka's schemas.
 */
public final class ShareRecordFormat {
    private static final short VERSION = 0;

    private ShareRecordFormat() {}

    /** The record as the log holds it. */
    public static CoordinatorRecord encode(ShareGroupRecord record) {
        String group = record.group();
        if (record instanceof ShareGroupRecord.MemberProfile member) {
            return of(
                    ShareGroupMemberMetadataKey.RECORD_TYPE,
                    new ShareGroupMemberMetadataKey().groupId(group).memberId(member.member()),
                    member.profile() == null ? null : profileValue(member.profile()));
        } else if (record instanceof ShareGroupRecord.MemberProgress member) {
            return of(
                    ShareGroupCurrentMemberAssignmentKey.RECORD_TYPE,
                    new ShareGroupCurrentMemberAssignmentKey()
                            .groupId(group)
                            .memberId(member.member()),
                    member.progress() == null ? null : progressValue(member.progress()));
        } else if (record instanceof ShareGroupRecord.MemberTarget member) {
            return of(
                    ShareGroupTargetAssignmentMemberKey.RECORD_TYPE,
                    new ShareGroupTargetAssignmentMemberKey()
                            .groupId(group)
                            .memberId(member.member()),
                    member.target() == null ? null : targetValue(member.target()));
        }
        return encodeOfGroup(record);
    }

    private static CoordinatorRecord encodeOfGroup(ShareGroupRecord record) {
        String group = record.group();
        if (record instanceof ShareGroupRecord.GroupEpoch epoch) {
            return of(
                    ShareGroupMetadataKey.RECORD_TYPE,
                    new ShareGroupMetadataKey().groupId(group),
                    new ShareGroupMetadataValue()
                            .epoch(epoch.epoch())
                            .metadataHash(epoch.metadataHash()));
        } else if (record instanceof ShareGroupRecord.GroupRemoved) {
            return of(
                    ShareGroupMetadataKey.RECORD_TYPE,
                    new ShareGroupMetadataKey().groupId(group),
                    null);
        } else if (record instanceof ShareGroupRecord.TargetEpoch target) {
            return of(
                    ShareGroupTargetAssignmentMetadataKey.RECORD_TYPE,
                    new ShareGroupTargetAssignmentMetadataKey().groupId(group),
                    new ShareGroupTargetAssignmentMetadataValue()
                            .assignmentEpoch(target.epoch())
                            .assignmentTimestamp(target.assignedAtMs()));
        } else if (record instanceof ShareGroupRecord.TargetRemoved) {
            return of(
                    ShareGroupTargetAssignmentMetadataKey.RECORD_TYPE,
                    new ShareGroupTargetAssignmentMetadataKey().groupId(group),
                    null);
        }
        return of(
                ShareGroupStatePartitionMetadataKey.RECORD_TYPE,
                new ShareGroupStatePartitionMetadataKey().groupId(group),
                null);
    }

    /**
     * Reads one record.
     *
     * @return null for a type that is no share group's
     */
    public static @Nullable ShareGroupRecord decode(
            short type, ByteBuf key, @Nullable ByteBuf value) {
        ByteBuf body =
                value == null
                        ? null
                        : value.slice(Short.BYTES, value.readableBytes() - Short.BYTES);
        return switch (type) {
            case ShareGroupMetadataKey.RECORD_TYPE -> {
                String group = ShareGroupMetadataKey.read(key, VERSION).groupId();
                if (body == null) {
                    yield new ShareGroupRecord.GroupRemoved(group);
                }
                ShareGroupMetadataValue stored = ShareGroupMetadataValue.read(body, VERSION);
                yield new ShareGroupRecord.GroupEpoch(group, stored.epoch(), stored.metadataHash());
            }
            case ShareGroupMemberMetadataKey.RECORD_TYPE -> {
                ShareGroupMemberMetadataKey of = ShareGroupMemberMetadataKey.read(key, VERSION);
                yield new ShareGroupRecord.MemberProfile(
                        of.groupId(), of.memberId(), body == null ? null : profileOf(body));
            }
            case ShareGroupTargetAssignmentMetadataKey.RECORD_TYPE -> {
                String group = ShareGroupTargetAssignmentMetadataKey.read(key, VERSION).groupId();
                if (body == null) {
                    yield new ShareGroupRecord.TargetRemoved(group);
                }
                ShareGroupTargetAssignmentMetadataValue stored =
                        ShareGroupTargetAssignmentMetadataValue.read(body, VERSION);
                yield new ShareGroupRecord.TargetEpoch(
                        group, stored.assignmentEpoch(), stored.assignmentTimestamp());
            }
            case ShareGroupTargetAssignmentMemberKey.RECORD_TYPE -> {
                ShareGroupTargetAssignmentMemberKey of =
                        ShareGroupTargetAssignmentMemberKey.read(key, VERSION);
                yield new ShareGroupRecord.MemberTarget(
                        of.groupId(), of.memberId(), body == null ? null : targetOf(body));
            }
            case ShareGroupCurrentMemberAssignmentKey.RECORD_TYPE -> {
                ShareGroupCurrentMemberAssignmentKey of =
                        ShareGroupCurrentMemberAssignmentKey.read(key, VERSION);
                yield new ShareGroupRecord.MemberProgress(
                        of.groupId(), of.memberId(), body == null ? null : progressOf(body));
            }
            case ShareGroupStatePartitionMetadataKey.RECORD_TYPE ->
                    new ShareGroupRecord.StatePartitions(
                            ShareGroupStatePartitionMetadataKey.read(key, VERSION).groupId());
            default -> null;
        };
    }

    private static ShareGroupMemberMetadataValue profileValue(ShareMember.Profile profile) {
        return new ShareGroupMemberMetadataValue()
                .rackId(profile.rackId())
                .clientId(profile.clientId())
                .clientHost(profile.clientHost())
                .subscribedTopicNames(List.copyOf(profile.topics()));
    }

    private static ShareMember.Profile profileOf(ByteBuf body) {
        ShareGroupMemberMetadataValue stored = ShareGroupMemberMetadataValue.read(body, VERSION);
        return new ShareMember.Profile(
                stored.rackId(),
                stored.clientId(),
                stored.clientHost(),
                new TreeSet<>(stored.subscribedTopicNames()));
    }

    private static ShareGroupTargetAssignmentMemberValue targetValue(PartitionSet target) {
        List<ShareGroupTargetAssignmentMemberValue.TopicPartition> topics = new ArrayList<>();
        for (var topic : target.topics()) {
            topics.add(
                    new ShareGroupTargetAssignmentMemberValue.TopicPartition()
                            .topicId(topic)
                            .partitions(target.partitions(topic)));
        }
        return new ShareGroupTargetAssignmentMemberValue().topicPartitions(topics);
    }

    private static PartitionSet targetOf(ByteBuf body) {
        PartitionSet.Builder target = new PartitionSet.Builder();
        ShareGroupTargetAssignmentMemberValue.read(body, VERSION)
                .topicPartitions()
                .forEach(topic -> target.addAll(topic.topicId(), topic.partitions()));
        return target.build();
    }

    private static ShareGroupCurrentMemberAssignmentValue progressValue(
            ShareMember.Progress progress) {
        List<ShareGroupCurrentMemberAssignmentValue.TopicPartitions> topics = new ArrayList<>();
        for (var topic : progress.assigned().topics()) {
            topics.add(
                    new ShareGroupCurrentMemberAssignmentValue.TopicPartitions()
                            .topicId(topic)
                            .partitions(progress.assigned().partitions(topic)));
        }
        return new ShareGroupCurrentMemberAssignmentValue()
                .memberEpoch(progress.epoch())
                .previousMemberEpoch(progress.previousEpoch())
                .assignedPartitions(topics);
    }

    private static ShareMember.Progress progressOf(ByteBuf body) {
        ShareGroupCurrentMemberAssignmentValue stored =
                ShareGroupCurrentMemberAssignmentValue.read(body, VERSION);
        PartitionSet.Builder assigned = new PartitionSet.Builder();
        stored.assignedPartitions()
                .forEach(topic -> assigned.addAll(topic.topicId(), topic.partitions()));
        return new ShareMember.Progress(
                stored.memberEpoch(), stored.previousMemberEpoch(), assigned.build());
    }

    private static CoordinatorRecord of(short type, ApiMessage key, @Nullable ApiMessage value) {
        return CoordinatorRecord.of(type, key, VERSION, value);
    }
}
