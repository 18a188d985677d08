package io.millrace.broker.group;

import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.message.ConsumerProtocolAssignment;
import io.millrace.protocol.message.ConsumerProtocolSubscription;
import io.millrace.protocol.message.MalformedMessageException;
import io.millrace.protocol.message.MessageSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What consumers of the classic protocol put into JoinGroup and SyncGroup: {@code [int16
 * version][message]}, opaque to the protocol but known to everybody. Versions beyond ours are read
 * as ours, since newer ones only add at the end.
 */
final class ClassicSubscription {
    private ClassicSubscription() {}

    /** Reads a subscription; empty if it is none. */
    static Optional<ConsumerProtocolSubscription> read(byte[] metadata) {
        ByteBuf in = Unpooled.wrappedBuffer(metadata);
        if (in.readableBytes() < Short.BYTES) {
            return Optional.empty();
        }
        short version = in.readShort();
        if (version < 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    ConsumerProtocolSubscription.read(
                            in,
                            (short)
                                    Math.min(
                                            version,
                                            ConsumerProtocolSubscription.HIGHEST_VERSION)));
        } catch (MalformedMessageException | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    /** The partitions of an assignment by topic name; none if it cannot be read. */
    static Map<String, List<Integer>> assignedPartitions(byte[] assignment) {
        Map<String, List<Integer>> assigned = new HashMap<>();
        readAssignment(assignment)
                .ifPresent(
                        read ->
                                read.assignedPartitions()
                                        .forEach(
                                                topic ->
                                                        assigned.put(
                                                                topic.topic(),
                                                                topic.partitions())));
        return assigned;
    }

    private static Optional<ConsumerProtocolAssignment> readAssignment(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        if (in.readableBytes() < Short.BYTES) {
            return Optional.empty();
        }
        int version = Math.max(0, in.readShort());
        try {
            return Optional.of(
                    ConsumerProtocolAssignment.read(
                            in,
                            (short) Math.min(version, ConsumerProtocolAssignment.HIGHEST_VERSION)));
        } catch (MalformedMessageException | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    /** An assignment in the version of the member's subscription. */
    static byte[] writeAssignment(Map<String, List<Integer>> partitions, byte[] subscription) {
        short asked = subscription.length < Short.BYTES ? 0 : versionOf(subscription);
        short version =
                (short) Math.max(0, Math.min(asked, ConsumerProtocolAssignment.HIGHEST_VERSION));
        ConsumerProtocolAssignment assignment = new ConsumerProtocolAssignment();
        partitions.forEach(
                (topic, indexes) ->
                        assignment
                                .assignedPartitions()
                                .add(
                                        new ConsumerProtocolAssignment.TopicPartition()
                                                .topic(topic)
                                                .partitions(indexes)));
        MessageSink sink = new MessageSink(Unpooled.buffer(64));
        sink.writeInt16(version);
        assignment.write(sink, version);
        return ByteBufUtil.getBytes(sink.toBuffer());
    }

    /** Whether the assignment carries something only its assignor understands. */
    static boolean hasUserData(byte[] assignment) {
        return readAssignment(assignment)
                .map(ConsumerProtocolAssignment::userData)
                .filter(data -> data.length > 0)
                .isPresent();
    }

    /** What a member said it kept through the rebalance. */
    static PartitionSet owned(ConsumerProtocolSubscription subscription, MetadataImage image) {
        Map<String, List<Integer>> byName = new HashMap<>();
        subscription
                .ownedPartitions()
                .forEach(topic -> byName.put(topic.topic(), topic.partitions()));
        return withIds(byName, image);
    }

    /** The partitions of topics that exist, by id. */
    static PartitionSet withIds(Map<String, List<Integer>> byName, MetadataImage image) {
        PartitionSet.Builder byId = new PartitionSet.Builder();
        byName.forEach(
                (name, partitions) -> {
                    TopicImage topic = image.topic(name);
                    if (topic != null) {
                        byId.addAll(topic.id(), partitions);
                    }
                });
        return byId.build();
    }

    /** The partitions of topics that exist, by name. */
    static Map<String, List<Integer>> withNames(PartitionSet partitions, MetadataImage image) {
        Map<String, List<Integer>> byName = new HashMap<>();
        for (UUID id : partitions.topics()) {
            TopicImage topic = image.topic(id);
            if (topic != null) {
                byName.put(topic.name(), partitions.partitions(id));
            }
        }
        return byName;
    }

    private static short versionOf(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getShort();
    }

    /** Topics named in a subscription: {@code [int16 version][int32 n] n x [string topic]…}. */
    static Set<String> topicsOf(byte @Nullable [] metadata) {
        if (metadata == null || metadata.length < Short.BYTES + Integer.BYTES) {
            return Set.of();
        }
        ByteBuffer in = ByteBuffer.wrap(metadata);
        in.getShort();
        int count = in.getInt();
        Set<String> topics = new HashSet<>();
        for (int i = 0; i < count && in.remaining() >= Short.BYTES; i++) {
            int length = in.getShort();
            if (length < 0 || length > in.remaining()) {
                break;
            }
            byte[] name = new byte[length];
            in.get(name);
            topics.add(new String(name, StandardCharsets.UTF_8));
        }
        return topics;
    }
}
