package io.millrace.broker.group.consumer;

import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.consumer.ConsumerMember.Classic;
import io.millrace.broker.group.consumer.ConsumerMember.Profile;
import io.millrace.broker.group.consumer.ConsumerMember.Progress;
import io.millrace.broker.group.consumer.ConsumerMember.Protocol;
import io.millrace.broker.shard.CoordinatorRecord;
import io.millrace.protocol.coordinator.ConsumerGroupCurrentMemberAssignmentKey;
import io.millrace.protocol.coordinator.ConsumerGroupCurrentMemberAssignmentValue;
import io.millrace.protocol.coordinator.ConsumerGroupMemberMetadataKey;
import io.millrace.protocol.coordinator.ConsumerGroupMemberMetadataValue;
import io.millrace.protocol.coordinator.ConsumerGroupMetadataKey;
import io.millrace.protocol.coordinator.ConsumerGroupMetadataValue;
import io.millrace.protocol.coordinator.ConsumerGroupPartitionMetadataKey;
import io.millrace.protocol.coordinator.ConsumerGroupRegularExpressionKey;
import io.millrace.protocol.coordinator.ConsumerGroupRegularExpressionValue;
import io.millrace.protocol.coordinator.ConsumerGroupTargetAssignmentMemberKey;
import io.millrace.protocol.coordinator.ConsumerGroupTargetAssignmentMemberValue;
import io.millrace.protocol.coordinator.ConsumerGroupTargetAssignmentMetadataKey;
import io.millrace.protocol.coordinator.ConsumerGroupTargetAssignmentMetadataValue;
import io.millrace.protocol.message.ApiMessage;
import io.millrace.protocol.message.MalformedMessageException;
import io.millrace.protocol.message.UnsupportedVersionException;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Records of consumer groups in Kafka's own format: key {@code [int16 type][key message version
 * 0]}, value {@code [int16 version][value message]}; the messages are generated from Kafka's
 * schemas.
 */
public final class ConsumerRecordFormat {
    private static final short VERSION = 0;

    private ConsumerRecordFormat() {}

    /** The record as the log holds it. */
    public static CoordinatorRecord encode(ConsumerGroupRecord record) {
        String group = record.group();
        if (record instanceof ConsumerGroupRecord.GroupEpoch epoch) {
            return of(
                    ConsumerGroupMetadataKey.RECORD_TYPE,
                    new ConsumerGroupMetadataKey().groupId(group),
                    new ConsumerGroupMetadataValue()
                            .epoch(epoch.epoch())
                            .metadataHash(epoch.metadataHash()));
        } else if (record instanceof ConsumerGroupRecord.GroupRemoved) {
            return of(
                    ConsumerGroupMetadataKey.RECORD_TYPE,
                    new ConsumerGroupMetadataKey().groupId(group),
                    null);
        } else if (record instanceof ConsumerGroupRecord.MemberProfile member) {
            return of(
                    ConsumerGroupMemberMetadataKey.RECORD_TYPE,
                    new ConsumerGroupMemberMetadataKey().groupId(group).memberId(member.member()),
                    member.profile() == null ? null : profileValue(member.profile()));
        } else if (record instanceof ConsumerGroupRecord.MemberProgress member) {
            return of(
                    ConsumerGroupCurrentMemberAssignmentKey.RECORD_TYPE,
                    new ConsumerGroupCurrentMemberAssignmentKey()
                            .groupId(group)
                            .memberId(member.member()),
                    member.progress() == null ? null : progressValue(member.progress()));
        }
        return encodeRest(record);
    }

    private static CoordinatorRecord encodeRest(ConsumerGroupRecord record) {
        String group = record.group();
        if (record instanceof ConsumerGroupRecord.TargetEpoch target) {
            return of(
                    ConsumerGroupTargetAssignmentMetadataKey.RECORD_TYPE,
                    new ConsumerGroupTargetAssignmentMetadataKey().groupId(group),
                    new ConsumerGroupTargetAssignmentMetadataValue()
                            .assignmentEpoch(target.epoch())
                            .assignmentTimestamp(target.assignedAtMs()));
        } else if (record instanceof ConsumerGroupRecord.TargetRemoved) {
            return of(
                    ConsumerGroupTargetAssignmentMetadataKey.RECORD_TYPE,
                    new ConsumerGroupTargetAssignmentMetadataKey().groupId(group),
                    null);
        } else if (record instanceof ConsumerGroupRecord.MemberTarget member) {
            return of(
                    ConsumerGroupTargetAssignmentMemberKey.RECORD_TYPE,
                    new ConsumerGroupTargetAssignmentMemberKey()
                            .groupId(group)
                            .memberId(member.member()),
                    member.target() == null ? null : targetValue(member.target()));
        } else if (record instanceof ConsumerGroupRecord.Regex regex) {
            return of(
                    ConsumerGroupRegularExpressionKey.RECORD_TYPE,
                    new ConsumerGroupRegularExpressionKey()
                            .groupId(group)
                            .regularExpression(regex.regex()),
                    regex.resolved() == null ? null : regexValue(regex.resolved()));
        }
        return of(
                ConsumerGroupPartitionMetadataKey.RECORD_TYPE,
                new ConsumerGroupPartitionMetadataKey().groupId(group),
                null);
    }

    private static ConsumerGroupMemberMetadataValue profileValue(Profile profile) {
        ConsumerGroupMemberMetadataValue value =
                new ConsumerGroupMemberMetadataValue()
                        .instanceId(profile.instanceId())
                        .rackId(profile.rackId())
                        .clientId(profile.clientId())
                        .clientHost(profile.clientHost())
                        .subscribedTopicNames(List.copyOf(profile.topics()))
                        .subscribedTopicRegex(profile.regex())
                        .rebalanceTimeoutMs(profile.rebalanceTimeoutMs())
                        .serverAssignor(profile.assignor())
                        .classicMemberMetadata(null);
        Classic classic = profile.classic();
        if (classic != null) {
            List<ConsumerGroupMemberMetadataValue.ClassicProtocol> protocols = new ArrayList<>();
            for (Protocol protocol : classic.protocols()) {
                protocols.add(
                        new ConsumerGroupMemberMetadataValue.ClassicProtocol()
                                .name(protocol.name())
                                .metadata(protocol.metadata()));
            }
            value.classicMemberMetadata(
                    new ConsumerGroupMemberMetadataValue.ClassicMemberMetadata()
                            .sessionTimeoutMs(classic.sessionTimeoutMs())
                            .supportedProtocols(protocols));
        }
        return value;
    }

    private static Profile profileOf(ConsumerGroupMemberMetadataValue value) {
        Classic classic = null;
        ConsumerGroupMemberMetadataValue.ClassicMemberMetadata stored =
                value.classicMemberMetadata();
        if (stored != null) {
            List<Protocol> protocols = new ArrayList<>();
            stored.supportedProtocols()
                    .forEach(p -> protocols.add(new Protocol(p.name(), p.metadata())));
            classic = new Classic(stored.sessionTimeoutMs(), protocols);
        }
        return new Profile(
                value.instanceId(),
                value.rackId(),
                value.clientId(),
                value.clientHost(),
                new TreeSet<>(value.subscribedTopicNames()),
                Optional.ofNullable(value.subscribedTopicRegex()).orElse(""),
                value.rebalanceTimeoutMs(),
                value.serverAssignor(),
                classic);
    }

    private static ConsumerGroupCurrentMemberAssignmentValue progressValue(Progress progress) {
        return new ConsumerGroupCurrentMemberAssignmentValue()
                .memberEpoch(progress.epoch())
                .previousMemberEpoch(progress.previousEpoch())
                .state(progress.state().code())
                .assignedPartitions(withEpochs(progress.assigned()))
                .partitionsPendingRevocation(withEpochs(progress.revoking()));
    }

    private static List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> withEpochs(
            AssignedPartitions assigned) {
        List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> all = new ArrayList<>();
        PartitionSet partitions = assigned.partitions();
        partitions
                .topics()
                .forEach(
                        topic -> {
                            List<Integer> indexes = partitions.partitions(topic);
                            all.add(
                                    new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions()
                                            .topicId(topic)
                                            .partitions(indexes)
                                            .assignmentEpochs(
                                                    indexes.stream()
                                                            .map(
                                                                    p ->
                                                                            assigned.epochOf(
                                                                                            topic,
                                                                                            p)
                                                                                    .orElse(0))
                                                            .toList()));
                        });
        return all;
    }

    private static Progress progressOf(ConsumerGroupCurrentMemberAssignmentValue value) {
        return new Progress(
                value.memberEpoch(),
                value.previousMemberEpoch(),
                MemberState.of(value.state()),
                assignedOf(value.assignedPartitions(), value.memberEpoch()),
                assignedOf(value.partitionsPendingRevocation(), value.memberEpoch()));
    }

    private static AssignedPartitions assignedOf(
            List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> stored, int epoch) {
        AssignedPartitions.Builder assigned = new AssignedPartitions.Builder();
        for (ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions topic : stored) {
            // Kafka before 4.3 kept no epochs per partition.
            List<Integer> epochs =
                    Optional.ofNullable(topic.assignmentEpochs())
                            .filter(all -> all.size() == topic.partitions().size())
                            .orElse(List.of());
            for (int i = 0; i < topic.partitions().size(); i++) {
                assigned.add(
                        topic.topicId(),
                        topic.partitions().get(i),
                        epochs.isEmpty() ? epoch : epochs.get(i));
            }
        }
        return assigned.build();
    }

    private static ConsumerGroupTargetAssignmentMemberValue targetValue(PartitionSet target) {
        List<ConsumerGroupTargetAssignmentMemberValue.TopicPartition> topics = new ArrayList<>();
        target.topics()
                .forEach(
                        topic ->
                                topics.add(
                                        new ConsumerGroupTargetAssignmentMemberValue
                                                        .TopicPartition()
                                                .topicId(topic)
                                                .partitions(target.partitions(topic))));
        return new ConsumerGroupTargetAssignmentMemberValue().topicPartitions(topics);
    }

    private static PartitionSet targetOf(ConsumerGroupTargetAssignmentMemberValue value) {
        PartitionSet.Builder target = new PartitionSet.Builder();
        value.topicPartitions().forEach(t -> target.addAll(t.topicId(), t.partitions()));
        return target.build();
    }

    private static ConsumerGroupRegularExpressionValue regexValue(ResolvedRegex resolved) {
        return new ConsumerGroupRegularExpressionValue()
                .topics(List.copyOf(resolved.topics()))
                .version(resolved.metadataOffset())
                .timestamp(resolved.resolvedAtMs());
    }

    /**
     * Reads a record of one of the types that belong to consumer groups; null for other types.
     *
     * @param key behind its type
     * @throws IllegalArgumentException if it does not have the form of its version
     */
    public static @Nullable ConsumerGroupRecord decode(
            short type, ByteBuf key, @Nullable ByteBuf value) {
        try {
            return switch (type) {
                case ConsumerGroupMetadataKey.RECORD_TYPE -> decodeEpoch(key, value);
                case ConsumerGroupPartitionMetadataKey.RECORD_TYPE ->
                        new ConsumerGroupRecord.FormerMetadata(
                                ConsumerGroupPartitionMetadataKey.read(key, VERSION).groupId(),
                                value == null);
                case ConsumerGroupMemberMetadataKey.RECORD_TYPE -> {
                    ConsumerGroupMemberMetadataKey of =
                            ConsumerGroupMemberMetadataKey.read(key, VERSION);
                    yield new ConsumerGroupRecord.MemberProfile(
                            of.groupId(),
                            of.memberId(),
                            value == null
                                    ? null
                                    : profileOf(
                                            ConsumerGroupMemberMetadataValue.read(
                                                    value, value.readShort())));
                }
                case ConsumerGroupTargetAssignmentMetadataKey.RECORD_TYPE ->
                        decodeTargetEpoch(key, value);
                case ConsumerGroupTargetAssignmentMemberKey.RECORD_TYPE -> {
                    ConsumerGroupTargetAssignmentMemberKey of =
                            ConsumerGroupTargetAssignmentMemberKey.read(key, VERSION);
                    yield new ConsumerGroupRecord.MemberTarget(
                            of.groupId(),
                            of.memberId(),
                            value == null
                                    ? null
                                    : targetOf(
                                            ConsumerGroupTargetAssignmentMemberValue.read(
                                                    value, value.readShort())));
                }
                case ConsumerGroupCurrentMemberAssignmentKey.RECORD_TYPE -> {
                    ConsumerGroupCurrentMemberAssignmentKey of =
                            ConsumerGroupCurrentMemberAssignmentKey.read(key, VERSION);
                    yield new ConsumerGroupRecord.MemberProgress(
                            of.groupId(),
                            of.memberId(),
                            value == null
                                    ? null
                                    : progressOf(
                                            ConsumerGroupCurrentMemberAssignmentValue.read(
                                                    value, value.readShort())));
                }
                case ConsumerGroupRegularExpressionKey.RECORD_TYPE -> decodeRegex(key, value);
                default -> null;
            };
        } catch (MalformedMessageException
                | UnsupportedVersionException
                | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("consumer group record of type " + type, e);
        }
    }

    private static ConsumerGroupRecord decodeEpoch(ByteBuf key, @Nullable ByteBuf value) {
        String group = ConsumerGroupMetadataKey.read(key, VERSION).groupId();
        if (value == null) {
            return new ConsumerGroupRecord.GroupRemoved(group);
        }
        ConsumerGroupMetadataValue stored =
                ConsumerGroupMetadataValue.read(value, value.readShort());
        return new ConsumerGroupRecord.GroupEpoch(group, stored.epoch(), stored.metadataHash());
    }

    private static ConsumerGroupRecord decodeTargetEpoch(ByteBuf key, @Nullable ByteBuf value) {
        String group = ConsumerGroupTargetAssignmentMetadataKey.read(key, VERSION).groupId();
        if (value == null) {
            return new ConsumerGroupRecord.TargetRemoved(group);
        }
        ConsumerGroupTargetAssignmentMetadataValue stored =
                ConsumerGroupTargetAssignmentMetadataValue.read(value, value.readShort());
        return new ConsumerGroupRecord.TargetEpoch(
                group, stored.assignmentEpoch(), stored.assignmentTimestamp());
    }

    private static ConsumerGroupRecord decodeRegex(ByteBuf key, @Nullable ByteBuf value) {
        ConsumerGroupRegularExpressionKey of = ConsumerGroupRegularExpressionKey.read(key, VERSION);
        if (value == null) {
            return new ConsumerGroupRecord.Regex(of.groupId(), of.regularExpression(), null);
        }
        ConsumerGroupRegularExpressionValue stored =
                ConsumerGroupRegularExpressionValue.read(value, value.readShort());
        return new ConsumerGroupRecord.Regex(
                of.groupId(),
                of.regularExpression(),
                new ResolvedRegex(
                        new TreeSet<>(stored.topics()), stored.version(), stored.timestamp()));
    }

    private static CoordinatorRecord of(short type, ApiMessage key, @Nullable ApiMessage value) {
        return CoordinatorRecord.of(type, key, VERSION, value);
    }
}
