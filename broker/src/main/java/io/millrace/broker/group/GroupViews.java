package io.millrace.broker.group;

import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.consumer.ConsumerMember;
import io.millrace.broker.group.share.ShareAssignor;
import io.millrace.broker.group.share.ShareMember;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse.Assignment;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse.TopicPartitions;
import io.millrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.millrace.protocol.message.DescribeGroupsResponse.DescribedGroupMember;
import io.millrace.protocol.message.ListGroupsResponse.ListedGroup;
import io.millrace.protocol.message.ShareGroupDescribeResponse;
import io.millrace.protocol.message.StreamsGroupDescribeResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/** What administrators see of the groups of a shard. Changes nothing. */
final class GroupViews {
    private static final int FIRST_VERSION_WITH_NOT_FOUND = 6;
    private static final byte CLASSIC_MEMBER = 0;
    private static final byte CONSUMER_MEMBER = 1;

    private final GroupSettings settings;
    private final Supplier<MetadataImage> metadata;
    private final GroupTable groups;

    GroupViews(GroupSettings settings, Supplier<MetadataImage> metadata, GroupTable groups) {
        this.settings = settings;
        this.metadata = metadata;
        this.groups = groups;
    }

    /** A classic group; others are not found by this request. */
    DescribedGroup describeClassic(String groupId, short version) {
        ClassicGroup group = groups.classic(groupId);
        DescribedGroup described = new DescribedGroup().groupId(groupId);
        if (group == null) {
            described.groupState(GroupState.DEAD.label());
            if (version >= FIRST_VERSION_WITH_NOT_FOUND) {
                described
                        .errorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
                        .errorMessage(missing(groupId, "classic"));
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
                .groupState(group.stateLabel())
                .protocolType(group.protocolTypeLabel())
                .protocolData(settled && protocol != null ? protocol : "")
                .members(members);
    }

    /** A group of the consumer protocol; others are not found by this request. */
    ConsumerGroupDescribeResponse.DescribedGroup describeConsumer(String groupId) {
        ConsumerGroup group = groups.consumer(groupId);
        ConsumerGroupDescribeResponse.DescribedGroup described =
                new ConsumerGroupDescribeResponse.DescribedGroup().groupId(groupId);
        if (group == null) {
            return described
                    .errorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
                    .errorMessage(missing(groupId, "consumer"));
        }
        List<ConsumerGroupDescribeResponse.Member> members = new ArrayList<>();
        for (ConsumerMember member : group.members()) {
            members.add(describe(group, member));
        }
        return described
                .groupState(group.stateLabel())
                .groupEpoch(group.epoch())
                .assignmentEpoch(group.assignmentEpoch())
                .assignorName(group.preferredAssignor(settings.assignors().get(0)))
                .members(members);
    }

    private ConsumerGroupDescribeResponse.Member describe(
            ConsumerGroup group, ConsumerMember member) {
        return new ConsumerGroupDescribeResponse.Member()
                .memberId(member.id())
                .instanceId(member.profile().instanceId())
                .rackId(member.profile().rackId())
                .memberEpoch(member.epoch())
                .clientId(member.profile().clientId())
                .clientHost(member.profile().clientHost())
                .subscribedTopicNames(List.copyOf(member.profile().topics()))
                .subscribedTopicRegex(member.profile().regex())
                .assignment(named(member.progress().held()))
                .targetAssignment(named(group.target(member.id())))
                .memberType(member.isClassic() ? CLASSIC_MEMBER : CONSUMER_MEMBER);
    }

    /** A share group; others are not found by this request. */
    ShareGroupDescribeResponse.DescribedGroup describeShare(String groupId) {
        ShareGroup group = groups.share(groupId);
        ShareGroupDescribeResponse.DescribedGroup described =
                new ShareGroupDescribeResponse.DescribedGroup().groupId(groupId);
        if (group == null) {
            return described
                    .errorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
                    .errorMessage(missing(groupId, "share"));
        }
        List<ShareGroupDescribeResponse.Member> members = new ArrayList<>();
        for (ShareMember member : group.members()) {
            members.add(
                    new ShareGroupDescribeResponse.Member()
                            .memberId(member.id())
                            .rackId(member.profile().rackId())
                            .memberEpoch(member.epoch())
                            .clientId(member.profile().clientId())
                            .clientHost(member.profile().clientHost())
                            .subscribedTopicNames(List.copyOf(member.profile().topics()))
                            .assignment(namedForShare(member.progress().assigned())));
        }
        return described
                .groupState(group.stateLabel())
                .groupEpoch(group.epoch())
                .assignmentEpoch(group.assignmentEpoch())
                .assignorName(ShareAssignor.NAME)
                .members(members);
    }

    private ShareGroupDescribeResponse.Assignment namedForShare(PartitionSet partitions) {
        List<ShareGroupDescribeResponse.TopicPartitions> topics = new ArrayList<>();
        for (TopicPartitions topic : named(partitions).topicPartitions()) {
            topics.add(
                    new ShareGroupDescribeResponse.TopicPartitions()
                            .topicId(topic.topicId())
                            .topicName(topic.topicName())
                            .partitions(topic.partitions()));
        }
        return new ShareGroupDescribeResponse.Assignment().topicPartitions(topics);
    }

    /** A streams group; others are not found by this request. */
    StreamsGroupDescribeResponse.DescribedGroup describeStreams(String groupId) {
        StreamsGroup group = groups.streams(groupId);
        return group == null
                ? new StreamsGroupDescribeResponse.DescribedGroup()
                        .groupId(groupId)
                        .errorCode(ErrorCode.GROUP_ID_NOT_FOUND.code())
                        .errorMessage(missing(groupId, "streams"))
                : StreamsGroupView.of(group);
    }

    /** Topics that are gone have no name to be shown under. */
    private Assignment named(PartitionSet partitions) {
        MetadataImage image = metadata.get();
        List<TopicPartitions> topics = new ArrayList<>();
        for (UUID id : partitions.topics()) {
            TopicImage topic = image.topic(id);
            if (topic != null) {
                topics.add(
                        new TopicPartitions()
                                .topicId(id)
                                .topicName(topic.name())
                                .partitions(partitions.partitions(id)));
            }
        }
        return new Assignment().topicPartitions(topics);
    }

    private String missing(String groupId, String kind) {
        return groups.get(groupId) == null
                ? "Group " + groupId + " not found."
                : "Group " + groupId + " is not a " + kind + " group.";
    }

    List<ListedGroup> list() {
        List<ListedGroup> listed = new ArrayList<>();
        for (Group group : groups.all()) {
            listed.add(
                    new ListedGroup()
                            .groupId(group.id())
                            .protocolType(group.protocolTypeLabel())
                            .groupState(group.stateLabel())
                            .groupType(group.kind().label()));
        }
        return listed;
    }
}
