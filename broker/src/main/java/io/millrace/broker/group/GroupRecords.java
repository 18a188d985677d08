package io.millrace.broker.group;

import io.millrace.broker.shard.CoordinatorRecord;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Records of {@code __consumer_offsets} in Kafka's own format, which exporters and dump tools read.
 *
 * <pre>
 * offset key   [int16 1][string group][string topic][int32 partition]
 * offset value [int16 3][int64 offset][int32 leader epoch][string metadata][int64 commit time]
 * group key    [int16 2][string group]
 * group value  [int16 3][string protocol type][int32 generation][string? protocol][string? leader]
 *              [int64 state time][int32 n] n x ([string member][string? instance][string client]
 *              [string host][int32 rebalance ms][int32 session ms][bytes subscription][bytes assignment])
 * string = [int16 length][UTF-8], null is length -1; bytes = [int32 length][bytes]; big-endian
 * </pre>
 *
 * Values of versions 0 to 3 are read. A null value is a tombstone.
 */
final class GroupRecords {
    private static final short OFFSET_KEY = 1;
    private static final short GROUP_KEY = 2;
    private static final short VALUE_VERSION = 3;

    private GroupRecords() {}

    /** What a record says. */
    sealed interface Parsed {}

    record OffsetCommitted(String group, TopicPartitionKey partition, CommittedOffset offset)
            implements Parsed {}

    record OffsetDeleted(String group, TopicPartitionKey partition) implements Parsed {}

    record GroupChanged(String group, Snapshot snapshot) implements Parsed {}

    record GroupDeleted(String group) implements Parsed {}

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
        byte[] value =
                write(
                        out -> {
                            out.writeShort(VALUE_VERSION);
                            out.writeLong(committed.offset());
                            out.writeInt(committed.leaderEpoch());
                            writeString(out, committed.metadata());
                            out.writeLong(committed.committedAtMs());
                        });
        return new CoordinatorRecord(offsetKey(group, partition), value);
    }

    static CoordinatorRecord offsetTombstone(String group, TopicPartitionKey partition) {
        return new CoordinatorRecord(offsetKey(group, partition), null);
    }

    static CoordinatorRecord groupTombstone(String group) {
        return new CoordinatorRecord(groupKey(group), null);
    }

    /** The group as it is now. */
    static CoordinatorRecord group(ClassicGroup group) {
        byte[] value =
                write(
                        out -> {
                            out.writeShort(VALUE_VERSION);
                            writeString(out, group.protocolType().orElse(""));
                            out.writeInt(group.generation());
                            writeString(out, group.protocol());
                            writeString(out, group.leaderId());
                            out.writeLong(group.stateSinceMs());
                            out.writeInt(group.members().size());
                            for (Member member : group.members()) {
                                writeMember(out, member, group.protocol());
                            }
                        });
        return new CoordinatorRecord(groupKey(group.id()), value);
    }

    /**
     * Reads one record.
     *
     * @throws IllegalArgumentException if it does not have the form of its version
     */
    static Parsed parse(ByteBuffer key, @Nullable ByteBuffer value) {
        short version = key.getShort();
        return switch (version) {
            case 0, OFFSET_KEY -> {
                String group = readString(key);
                TopicPartitionKey partition = new TopicPartitionKey(readString(key), key.getInt());
                yield value == null
                        ? new OffsetDeleted(group, partition)
                        : new OffsetCommitted(group, partition, readOffset(value));
            }
            case GROUP_KEY -> {
                String group = readString(key);
                yield value == null
                        ? new GroupDeleted(group)
                        : new GroupChanged(group, readGroup(value));
            }
            default -> new Unknown(version);
        };
    }

    private static byte[] offsetKey(String group, TopicPartitionKey partition) {
        return write(
                out -> {
                    out.writeShort(OFFSET_KEY);
                    writeString(out, group);
                    writeString(out, partition.topic());
                    out.writeInt(partition.partition());
                });
    }

    private static byte[] groupKey(String group) {
        return write(
                out -> {
                    out.writeShort(GROUP_KEY);
                    writeString(out, group);
                });
    }

    private static CommittedOffset readOffset(ByteBuffer in) {
        short version = checkVersion("offset", in.getShort());
        long offset = in.getLong();
        int epoch = version >= 3 ? in.getInt() : -1;
        String metadata = readString(in);
        long committedAtMs = in.getLong();
        long expiresAtMs = version == 1 ? in.getLong() : -1;
        return new CommittedOffset(offset, epoch, metadata, committedAtMs, expiresAtMs);
    }

    private static Snapshot readGroup(ByteBuffer in) {
        short version = checkVersion("group", in.getShort());
        String type = readString(in);
        int generation = in.getInt();
        String protocol = readNullableString(in);
        String leader = readNullableString(in);
        long since = version >= 2 ? in.getLong() : -1;
        int count = in.getInt();
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(readMember(in, version, Optional.ofNullable(protocol).orElse("")));
        }
        return new Snapshot(type, generation, protocol, leader, since, members);
    }

    private static Member readMember(ByteBuffer in, short version, String protocol) {
        String id = readString(in);
        String instance = version >= 3 ? readNullableString(in) : null;
        String client = readString(in);
        String host = readString(in);
        int rebalanceMs = version >= 1 ? in.getInt() : -1;
        int sessionMs = in.getInt();
        byte[] subscription = readBytes(in);
        byte[] assignment = readBytes(in);
        Member member =
                new Member(
                        new Member.Profile(
                                id,
                                instance,
                                client,
                                host,
                                sessionMs,
                                rebalanceMs < 0 ? sessionMs : rebalanceMs,
                                List.of(new Member.Protocol(protocol, subscription))));
        member.assignment(assignment);
        return member;
    }

    private static void writeMember(DataOutputStream out, Member member, @Nullable String protocol)
            throws IOException {
        writeString(out, member.id());
        writeString(out, member.instanceId().orElse(null));
        writeString(out, member.clientId());
        writeString(out, member.clientHost());
        out.writeInt(member.rebalanceTimeoutMs());
        out.writeInt(member.sessionTimeoutMs());
        writeBytes(out, member.metadata(protocol));
        writeBytes(out, member.assignment());
    }

    private static short checkVersion(String what, short version) {
        if (version < 0 || version > VALUE_VERSION) {
            throw new IllegalArgumentException(
                    what
                            + " value has version "
                            + version
                            + "; versions 0 to "
                            + VALUE_VERSION
                            + " can be read");
        }
        return version;
    }

    private static String readString(ByteBuffer in) {
        String text = readNullableString(in);
        if (text == null) {
            throw new IllegalArgumentException("a string that must be there is null");
        }
        return text;
    }

    private static @Nullable String readNullableString(ByteBuffer in) {
        short length = in.getShort();
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[Math.min(length, in.remaining())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] readBytes(ByteBuffer in) {
        int length = in.getInt();
        byte[] bytes = new byte[Math.max(0, Math.min(length, in.remaining()))];
        in.get(bytes);
        return bytes;
    }

    private static void writeString(DataOutputStream out, @Nullable String text)
            throws IOException {
        if (text == null) {
            out.writeShort(-1);
            return;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > Short.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "text of " + bytes.length + " bytes is longer than " + Short.MAX_VALUE);
        }
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] write(Body body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
        try {
            body.writeTo(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot fail", e);
        }
        return bytes.toByteArray();
    }

    private interface Body {
        void writeTo(DataOutputStream out) throws IOException;
    }
}
