package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.shard.CoordinatorRecord;
import io.millrace.protocol.coordinator.GroupMetadataKey;
import io.millrace.protocol.coordinator.GroupMetadataValue;
import io.millrace.protocol.coordinator.OffsetCommitKey;
import io.millrace.protocol.coordinator.OffsetCommitValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Records of the offsets topic, read with the classes generated from the published schemas. */
final class GroupRecordsTest {
    private static final TopicPartitionKey PARTITION = new TopicPartitionKey("orders", 3);

    @Test
    @Tag("wire-38")
    void edge38_offsetsAreInKafkasFormat() {
        CoordinatorRecord record =
                GroupRecords.offset("g", PARTITION, new CommittedOffset(42, 5, "note", 99, -1));
        ByteBuf key = Unpooled.wrappedBuffer(record.key());
        assertThat(key.readShort()).isEqualTo(OffsetCommitKey.RECORD_TYPE);
        OffsetCommitKey readKey = OffsetCommitKey.read(key, (short) 0);
        assertThat(readKey.group()).isEqualTo("g");
        assertThat(readKey.topic()).isEqualTo("orders");
        assertThat(readKey.partition()).isEqualTo(3);
        ByteBuf value = Unpooled.wrappedBuffer(record.value());
        OffsetCommitValue readValue = OffsetCommitValue.read(value, value.readShort());
        assertThat(readValue.offset()).isEqualTo(42);
        assertThat(readValue.leaderEpoch()).isEqualTo(5);
        assertThat(readValue.metadata()).isEqualTo("note");
        assertThat(readValue.commitTimestamp()).isEqualTo(99);
        assertThat(value.isReadable()).isFalse();
    }

    @Test
    @Tag("wire-38")
    void edge38_groupsAreInKafkasFormatAndComeBack() {
        ClassicGroup group = new ClassicGroup("g", 77);
        Member member =
                new Member(
                        new Member.Profile(
                                "m-1",
                                "static-1",
                                "client",
                                "/10.0.0.1",
                                10_000,
                                60_000,
                                List.of(new Member.Protocol("range", new byte[] {1, 2}))));
        group.add(member, "consumer");
        group.nextGeneration(77);
        member.assignment(new byte[] {9});
        CoordinatorRecord record = GroupRecords.group(group);
        ByteBuf key = Unpooled.wrappedBuffer(record.key());
        assertThat(key.readShort()).isEqualTo(GroupMetadataKey.RECORD_TYPE);
        ByteBuf value = Unpooled.wrappedBuffer(record.value());
        GroupMetadataValue read = GroupMetadataValue.read(value, value.readShort());
        assertThat(read.generation()).isEqualTo(1);
        assertThat(read.protocol()).isEqualTo("range");
        assertThat(read.leader()).isEqualTo("m-1");
        assertThat(read.members()).hasSize(1);
        assertThat(read.members().get(0).groupInstanceId()).isEqualTo("static-1");
        assertThat(read.members().get(0).subscription()).isEqualTo(new byte[] {1, 2});
        assertThat(read.members().get(0).assignment()).isEqualTo(new byte[] {9});
        assertThat(value.isReadable()).isFalse();

        GroupRecords.Parsed parsed =
                GroupRecords.parse(ByteBuffer.wrap(record.key()), ByteBuffer.wrap(record.value()));
        assertThat(parsed)
                .isInstanceOfSatisfying(
                        GroupRecords.GroupChanged.class,
                        changed -> {
                            assertThat(changed.snapshot().generation()).isEqualTo(1);
                            assertThat(changed.snapshot().members().get(0).assignment())
                                    .isEqualTo(new byte[] {9});
                        });
    }

    @Test
    void tombstonesAndUnknownKeysAreToldApart() {
        CoordinatorRecord tombstone = GroupRecords.offsetTombstone("g", PARTITION);
        assertThat(tombstone.value()).isNull();
        assertThat(GroupRecords.parse(ByteBuffer.wrap(tombstone.key()), null))
                .isEqualTo(new GroupRecords.OffsetDeleted("g", PARTITION));
        assertThat(GroupRecords.parse(ByteBuffer.wrap(new byte[] {0, 99, 1}), null))
                .isEqualTo(new GroupRecords.Unknown((short) 99));
    }
}
