package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.PartitionAssignor.Assignment;
import io.millrace.clients.consumer.PartitionAssignor.Subscription;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What members of a consumer group tell each other through the coordinator, which does not look
 * inside. The bytes are those of Kafka's {@code ConsumerProtocolSubscription} (versions 0 to 3) and
 * {@code ConsumerProtocolAssignment} (0 to 3):
 *
 * <pre>
 * subscription: int16 version | [string topic] | bytes userData
 *               | v1+ [string topic, [int32 partition]] owned | v2+ int32 generation | v3+ string rack
 * assignment:   int16 version | [string topic, [int32 partition]] | bytes userData
 * strings have an int16 length, arrays and bytes an int32 length; -1 means null</pre>
 *
 * A reader takes the fields it knows from a newer version and ignores the rest.
 */
public final class ConsumerProtocol {
    /** Protocol type in JoinGroup. */
    public static final String TYPE = "consumer";

    private static final short SUBSCRIPTION_VERSION = 3;
    private static final short ASSIGNMENT_VERSION = 0;
    private static final int NO_GENERATION = -1;

    private ConsumerProtocol() {}

    public static byte[] write(Subscription subscription) {
        Writer out = new Writer();
        out.int16(SUBSCRIPTION_VERSION);
        out.int32(subscription.topics().size());
        subscription.topics().stream().sorted().forEach(out::string);
        out.bytes(subscription.userData());
        out.partitions(subscription.ownedPartitions());
        out.int32(subscription.generationId());
        out.nullableString(subscription.rackId().orElse(null));
        return out.toBytes();
    }

    /**
     * @param groupInstanceId travels beside the bytes in JoinGroup
     */
    public static Subscription readSubscription(byte[] bytes, Optional<String> groupInstanceId) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            short version = in.getShort();
            List<String> topics = new ArrayList<>();
            for (int left = count(in); left > 0; left--) {
                topics.add(string(in));
            }
            byte[] userData = bytes(in);
            List<TopicPartition> owned = version >= 1 ? partitions(in) : List.of();
            int generation = version >= 2 ? in.getInt() : NO_GENERATION;
            Optional<String> rack = version >= 3 ? nullableString(in) : Optional.empty();
            return new Subscription(topics, userData, owned, generation, groupInstanceId, rack);
        } catch (BufferUnderflowException e) {
            throw malformed("subscription", bytes, e);
        }
    }

    public static byte[] write(Assignment assignment) {
        Writer out = new Writer();
        out.int16(ASSIGNMENT_VERSION);
        out.partitions(assignment.partitions());
        out.bytes(assignment.userData());
        return out.toBytes();
    }

    /** No bytes at all are the assignment of a member that gets nothing. */
    public static Assignment readAssignment(byte[] bytes) {
        if (bytes.length == 0) {
            return new Assignment(List.of());
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            in.getShort();
            List<TopicPartition> partitions = partitions(in);
            return new Assignment(partitions, bytes(in));
        } catch (BufferUnderflowException e) {
            throw malformed("assignment", bytes, e);
        }
    }

    private static IllegalArgumentException malformed(String what, byte[] bytes, Exception cause) {
        return new IllegalArgumentException(
                what + " of " + bytes.length + " bytes ends too early", cause);
    }

    private static int count(ByteBuffer in) {
        int count = in.getInt();
        if (count > in.remaining()) {
            throw new BufferUnderflowException();
        }
        return Math.max(count, 0);
    }

    private static List<TopicPartition> partitions(ByteBuffer in) {
        List<TopicPartition> all = new ArrayList<>();
        for (int topics = count(in); topics > 0; topics--) {
            String topic = string(in);
            for (int left = count(in); left > 0; left--) {
                all.add(new TopicPartition(topic, in.getInt()));
            }
        }
        return all;
    }

    private static String string(ByteBuffer in) {
        return nullableString(in).orElse("");
    }

    private static Optional<String> nullableString(ByteBuffer in) {
        short length = in.getShort();
        if (length < 0) {
            return Optional.empty();
        }
        byte[] text = new byte[checked(length, in)];
        in.get(text);
        return Optional.of(new String(text, StandardCharsets.UTF_8));
    }

    private static byte @Nullable [] bytes(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[checked(length, in)];
        in.get(bytes);
        return bytes;
    }

    private static int checked(int length, ByteBuffer in) {
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        return length;
    }

    /** Grows as it is written. */
    private static final class Writer {
        private ByteBuffer out = ByteBuffer.allocate(256);

        private ByteBuffer room(int bytes) {
            if (out.remaining() < bytes) {
                int capacity = Math.max(out.capacity() * 2, out.position() + bytes);
                out = ByteBuffer.allocate(capacity).put(out.flip());
            }
            return out;
        }

        void int16(short value) {
            room(Short.BYTES).putShort(value);
        }

        void int32(int value) {
            room(Integer.BYTES).putInt(value);
        }

        void string(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            int16((short) utf8.length);
            room(utf8.length).put(utf8);
        }

        void nullableString(@Nullable String text) {
            if (text == null) {
                int16((short) -1);
            } else {
                string(text);
            }
        }

        void bytes(byte @Nullable [] bytes) {
            if (bytes == null) {
                int32(-1);
            } else {
                int32(bytes.length);
                room(bytes.length).put(bytes);
            }
        }

        void partitions(List<TopicPartition> partitions) {
            Map<String, List<Integer>> byTopic = new TreeMap<>();
            for (TopicPartition partition : partitions) {
                byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                        .add(partition.partition());
            }
            int32(byTopic.size());
            byTopic.forEach(
                    (topic, numbers) -> {
                        string(topic);
                        int32(numbers.size());
                        numbers.forEach(this::int32);
                    });
        }

        byte[] toBytes() {
            byte[] bytes = new byte[out.position()];
            out.flip().get(bytes);
            return bytes;
        }
    }
}
