package io.millrace.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.metadata.record.MetadataBatch;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.Reassignment;
import io.millrace.metadata.record.RecordInput;
import io.millrace.metadata.record.RecordOutput;
import io.millrace.metadata.record.RecordType;
import io.millrace.metadata.record.UnknownRecordException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes that the first release wrote, one broker and one topic, are read for ever. */
class OldRecordsTest {
    private static final UUID TOPIC = new UUID(0x1111, 0x2222);

    private static final String BATCH =
            "cea5ae160100000000010000000000000000910a2dec89025cc1000000000000000b01000200010b000f0d"
                + "67726f75702e76657273696f6e010200400002000000000000000300000000000000040000000000"
                + "00000500000000000000060109504c41494e54455854096c6f63616c686f73748447000102723101"
                + "000300040002000005001700000000000011110000000000002222066f7264657273070019000000"
                + "00000011110000000000002222000100010000010000070019000000000000111100000000000022"
                + "22010100010000010000"
                + "09001b02066f72646572730c726574656e74696f6e2e6d730104313030300a00040002e807080014"
                + "00000000000011110000000000002222010108000800190000000000001111000000000000222201"
                + "020f010001000001";

    private static final String SNAPSHOT =
            "9f1cb0d60100000001000000000000000acea5ae1600000001000000d6480a9ccb0101000200010a000400"
                + "00e8070b000f0d67726f75702e76657273696f6e0102004000020000000000000003000000000000"
                + "0004000000000000000500000000000000060109504c41494e54455854096c6f63616c686f737484"
                + "470001027231000005001700000000000011110000000000002222066f7264657273070019000000"
                + "00000011110000000000002222000100010000010000070019000000000000111100000000000022"
                + "22010100010000010202"
                + "09001b02066f72646572730c726574656e74696f6e2e6d73010431303030";

    @TempDir Path directory;

    private static MetadataImage replayed() {
        LogReplay replay = new LogReplay(MetadataImage.EMPTY);
        return replay.accept(MetadataBatch.decode(HexFormat.of().parseHex(BATCH)))
                .orElseThrow()
                .after();
    }

    @Test
    void aLogOfTheFirstReleaseIsReplayed() {
        MetadataImage image = replayed();

        PartitionImage partition = image.partition("orders", 1);
        assertThat(partition.leader()).isZero();
        assertThat(partition.leaderEpoch()).isEqualTo(2);
        assertThat(partition.moving()).isEqualTo(Reassignment.NONE);
        assertThat(partition.lastKnownElr()).isEmpty();
        assertThat(image.broker(0).registration().features()).isEmpty();
        assertThat(image.broker(0).hasDirectory(TOPIC)).isTrue();
    }

    @Test
    void aSnapshotOfTheFirstReleaseIsLoadedAndWrittenTheSame() throws IOException {
        byte[] old = HexFormat.of().parseHex(SNAPSHOT);
        Files.write(directory.resolve("metadata.snapshot"), old);

        MetadataSnapshot loaded = new SnapshotFile(directory).read().orElseThrow();
        assertThat(ImageHash.of(loaded.toImage())).isEqualTo(ImageHash.of(replayed()));

        new SnapshotFile(directory).write(MetadataSnapshot.of(loaded.toImage()));
        assertThat(Files.readAllBytes(directory.resolve("metadata.snapshot"))).isEqualTo(old);
    }

    @Test
    void whatTheFirstReleaseCannotHoldHasAVersionThatItRefuses() {
        assertThat(change(null).version()).isZero();
        assertThat(change(new Reassignment(List.of(0), List.of(1))).version()).isEqualTo(1);
        PartitionRecord moved =
                new PartitionRecord(
                        TOPIC,
                        0,
                        List.of(0),
                        List.of(),
                        List.of(),
                        PartitionRecord.NO_LEADER,
                        3,
                        7,
                        Reassignment.NONE,
                        List.of(0),
                        List.of(TOPIC));
        RecordOutput out = new RecordOutput();
        RecordType.write(moved, out);
        byte[] bytes = out.toByteArray();

        assertThat(RecordType.read(new RecordInput(bytes, 0, bytes.length))).isEqualTo(moved);
        bytes[1] = 2;
        assertThatThrownBy(() -> RecordType.read(new RecordInput(bytes, 0, bytes.length)))
                .isInstanceOf(UnknownRecordException.class)
                .hasMessageContaining("upgrade");
    }

    private static PartitionChange change(Reassignment moving) {
        return new PartitionChange(
                TOPIC, 0, 1, null, List.of(0), null, 0, false, moving, null, null);
    }

    @Test
    void topicsAreFoundByTheBrokersThatHoldThem() {
        MetadataImage image = replayed();
        ImageEditor editor = new ImageEditor(image);
        editor.apply(
                new PartitionChange(
                        TOPIC,
                        1,
                        3,
                        List.of(4, 0),
                        null,
                        null,
                        null,
                        false,
                        new Reassignment(List.of(0), List.of(4)),
                        null,
                        null));
        MetadataImage moved = editor.finish(image.position()).after();

        assertThat(indexesOn(image, 4)).isEmpty();
        assertThat(indexesOn(moved, 4)).containsExactly(1);
        assertThat(indexesOn(moved, 0)).containsExactly(0, 1);
        MetadataImage again = MetadataSnapshot.of(moved).toImage();
        assertThat(indexesOn(again, 4)).containsExactly(1);
        ImageEditor removal = new ImageEditor(again);
        removal.apply(new io.millrace.metadata.record.RemoveTopic(TOPIC));
        assertThat(indexesOn(removal.finish(image.position()).after(), 0)).isEmpty();
    }

    private static List<Integer> indexesOn(MetadataImage image, int broker) {
        List<Integer> indexes = new java.util.ArrayList<>();
        image.forEachPartitionOn(broker, (topic, index, partition) -> indexes.add(index));
        return indexes;
    }
}
