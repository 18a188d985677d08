package io.millrace.broker.group;

import io.millrace.broker.group.consumer.ConsumerGroupRecord;
import io.millrace.broker.group.consumer.ConsumerRecordFormat;
import io.millrace.broker.group.share.ShareGroupRecord;
import io.millrace.broker.group.share.ShareRecordFormat;
import io.millrace.broker.group.streams.StreamsGroupRecord;
import io.millrace.broker.group.streams.StreamsRecordFormat;
import io.millrace.broker.shard.CoordinatorRecord;
import io.millrace.protocol.coordinator.GroupMetadataKey;
import io.millrace.protocol.coordinator.GroupMetadataValue;
import io.millrace.protocol.coordinator.GroupMetadataValue.MemberMetadata;
import io.millrace.protocol.coordinator.OffsetCommitKey;
import io.millrace.protocol.coordinator.OffsetCommitValue;
import io.millrace.protocol.message.MalformedMessageException;
import io.millrace.protocol.message.UnsupportedVersionException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Records of {@code __consumer_offsets} in Kafka's own format, which exporters and dump tools read:
 * key {@code [int16 type][key message]}, value {@code [int16 version][value message]}, both
 * messages generated from Kafka's schemas. A null value is a tombstone. All versions of values are
 * read; written is the newest that tools of every age read.
 */
final class GroupRecords {
    private static final short OFFSET_KEY = 1;
    private static final short GROUP_KEY = 2;
    private static final short VALUE_VERSION = 3;

    /** The only version whose offsets can expire on their own. */
    private static final short VALUE_VERSION_WITH_EXPIRY = 1;

    private GroupRecords() {}

    /** What a record says. */
    sealed interface Parsed {}

    record OffsetCommitted(String group, TopicPartitionKey partition, CommittedOffset offset)
            implements Parsed {}

    record OffsetDeleted(String group, TopicPartitionKey partition) implements Parsed {}

    record GroupChanged(String group, Snapshot snapshot) implements Parsed {}

    record GroupDeleted(String group) implements Parsed {}

    record ConsumerGroupChanged(ConsumerGroupRecord record) implements Parsed {}

    record ShareGroupChanged(ShareGroupRecord record) implements Parsed {}

    record StreamsGroupChanged(StreamsGroupRecord record) implements Parsed {}

    /** A key this version does not know, for example of a newer group type. */
    record Unknown(short keyVersion) implements Parsed {}

    /** State of a group as its record holds it. */
    record Snapshot(
            String protocolType,
            int generation,
            @Nullable String protocol,
            @Nullable String leader,
            long stateSinceMs,
            List<Member> members) {}

    static CoordinatorRecord offset(
            String group, TopicPartitionKey partition, CommittedOffset committed) {
        boolean expires = committed.expiresAtMs() >= 0;
        OffsetCommitValue value =
                new OffsetCommitValue()
                        .offset(committed.offset())
                        .leaderEpoch(committed.leaderEpoch())
                        .metadata(committed.metadata())
                        .commitTimestamp(committed.committedAtMs())
                        .expireTimestamp(committed.expiresAtMs());
        return CoordinatorRecord.of(
                OFFSET_KEY,
                offsetKey(group, partition),
                expires ? VALUE_VERSION_WITH_EXPIRY : VALUE_VERSION,
                value);
    }

    static CoordinatorRecord offsetTombstone(String group, TopicPartitionKey partition) {
        return CoordinatorRecord.of(OFFSET_KEY, offsetKey(group, partition), VALUE_VERSION, null);
    }

    static CoordinatorRecord groupTombstone(String group) {
        return CoordinatorRecord.of(GROUP_KEY, groupKey(group), VALUE_VERSION, null);
    }

    /** The group as it is now. */
    static CoordinatorRecord group(ClassicGroup group) {
        List<MemberMetadata> members = new ArrayList<>();
        for (Member member : group.members()) {
            members.add(
                    new MemberMetadata()
                            .memberId(member.id())
                            .groupInstanceId(member.instanceId().orElse(null))
                            .clientId(member.clientId())
                            .clientHost(member.clientHost())
                            .rebalanceTimeout(member.rebalanceTimeoutMs())
                            .sessionTimeout(member.sessionTimeoutMs())
                            .subscription(member.metadata(group.protocol()))
                            .assignment(member.assignment()));
        }
        GroupMetadataValue value =
                new GroupMetadataValue()
                        .protocolType(group.protocolType().orElse(""))
                        .generation(group.generation())
                        .protocol(group.protocol())
                        .leader(group.leaderId())
                        .currentStateTimestamp(group.stateSinceMs())
                        .members(members);
        return CoordinatorRecord.of(GROUP_KEY, groupKey(group.id()), VALUE_VERSION, value);
    }

    /**
     * Reads one record.
     *
     * @throws IllegalArgumentException if it does not have the form of its version
     */
    static Parsed parse(ByteBuffer key, @Nullable ByteBuffer value) {
        ByteBuf keyIn = Unpooled.wrappedBuffer(key);
        ByteBuf valueIn = value == null ? null : Unpooled.wrappedBuffer(value);
        try {
            short type = keyIn.readShort();
            return switch (type) {
                case 0, OFFSET_KEY -> parseOffset(keyIn, valueIn);
                case GROUP_KEY -> {
                    String group = GroupMetadataKey.read(keyIn, (short) 0).group();
                    yield valueIn == null
                            ? new GroupDeleted(group)
                            : new GroupChanged(group, snapshot(valueIn));
                }
                default -> {
                    ConsumerGroupRecord record = ConsumerRecordFormat.decode(type, keyIn, valueIn);
                    if (record != null) {
                        yield new ConsumerGroupChanged(record);
                    }
                    ShareGroupRecord shared = ShareRecordFormat.decode(type, keyIn, valueIn);
                    if (shared != null) {
                        yield new ShareGroupChanged(shared);
                    }
                    StreamsGroupRecord streams = StreamsRecordFormat.decode(type, keyIn, valueIn);
                    yield streams == null ? new Unknown(type) : new StreamsGroupChanged(streams);
                }
            };
        } catch (MalformedMessageException
                | UnsupportedVersionException
                | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("group record: " + e.getMessage(), e);
        }
    }

    private static Parsed parseOffset(ByteBuf key, @Nullable ByteBuf value) {
        OffsetCommitKey of = OffsetCommitKey.read(key, (short) 0);
        TopicPartitionKey partition = new TopicPartitionKey(of.topic(), of.partition());
        if (value == null) {
            return new OffsetDeleted(of.group(), partition);
        }
        OffsetCommitValue stored = OffsetCommitValue.read(value, value.readShort());
        return new OffsetCommitted(
                of.group(),
                partition,
                new CommittedOffset(
                        stored.offset(),
                        stored.leaderEpoch(),
                        stored.metadata(),
                        stored.commitTimestamp(),
                        stored.expireTimestamp()));
    }

    private static Snapshot snapshot(ByteBuf value) {
        GroupMetadataValue stored = GroupMetadataValue.read(value, value.readShort());
        String protocol = Optional.ofNullable(stored.protocol()).orElse("");
        List<Member> members = new ArrayList<>();
        for (MemberMetadata member : stored.members()) {
            // Version 0 has no rebalance timeout.
            int rebalanceMs =
                    member.rebalanceTimeout() < 0
                            ? member.sessionTimeout()
                            : member.rebalanceTimeout();
            Member restored =
                    new Member(
                            new Member.Profile(
                                    member.memberId(),
                                    member.groupInstanceId(),
                                    member.clientId(),
                                    member.clientHost(),
                                    member.sessionTimeout(),
                                    rebalanceMs,
                                    List.of(new Member.Protocol(protocol, member.subscription()))));
            restored.assignment(member.assignment());
            members.add(restored);
        }
        return new Snapshot(
                stored.protocolType(),
                stored.generation(),
                stored.protocol(),
                stored.leader(),
                stored.currentStateTimestamp(),
                members);
    }

    private static OffsetCommitKey offsetKey(String group, TopicPartitionKey partition) {
        return new OffsetCommitKey()
                .group(group)
                .topic(partition.topic())
                .partition(partition.partition());
    }

    private static GroupMetadataKey groupKey(String group) {
        return new GroupMetadataKey().group(group);
    }
}
