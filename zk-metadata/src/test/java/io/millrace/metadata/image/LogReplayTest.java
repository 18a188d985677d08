package io.millrace.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.time.RandomSource;
import io.millrace.metadata.record.BatchWriter;
import io.millrace.metadata.record.BrokerChange;
import io.millrace.metadata.record.BrokerRegistration;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.ControllerClaim;
import io.millrace.metadata.record.CorruptMetadataException;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.ProducerIdBlock;
import io.millrace.metadata.record.RemoveTopic;
import io.millrace.metadata.record.TopicCreated;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogReplayTest {
    private static final UUID ORDERS = new UUID(1, 1);
    private static final UUID OTHER = new UUID(2, 2);

    private final RandomSource random = RandomSource.seeded(3);
    private final BatchWriter writer = new BatchWriter(LogPosition.START, 1, random);
    private final LogReplay replay = new LogReplay(MetadataImage.EMPTY);

    private MetadataDelta apply(MetadataRecord... records) {
        MetadataDelta last = null;
        for (MetadataBatch batch : writer.write(List.of(records))) {
            last = replay.accept(batch).orElse(null);
        }
        return last;
    }

    private static PartitionRecord partition(UUID topic, int index) {
        return new PartitionRecord(topic, index, List.of(0), List.of(0), List.of(), 0, 0, 0);
    }

    private void claimAndCreateOrders() {
        apply(
                new ControllerClaim(0, 1),
                new TopicCreated(ORDERS, "orders"),
                partition(ORDERS, 0),
                partition(ORDERS, 1),
                new ConfigChange(ConfigResource.topic("orders"), "retention.ms", "5"));
    }

    @Test
    void aTopicsLifeFromCreationToRemoval() {
        claimAndCreateOrders();
        assertThat(replay.image().topic("orders").partitionCount()).isEqualTo(2);

        MetadataDelta changed =
                apply(new PartitionChange(ORDERS, 1, 1, null, null, null, 0, false));
        assertThat(changed.changedPartitions()).containsEntry(ORDERS, List.of(1)).hasSize(1);
        PartitionImage partition = changed.after().partition("orders", 1);
        assertThat(partition.leaderEpoch()).isEqualTo(1);
        assertThat(changed.before().partition("orders", 1).leaderEpoch()).isZero();

        MetadataDelta removed = apply(new RemoveTopic(ORDERS));
        assertThat(removed.removedTopics()).extracting(TopicImage::name).containsExactly("orders");
        assertThat(removed.after().topic("orders")).isNull();
        assertThat(removed.after().config(ConfigResource.topic("orders"))).isEmpty();

        apply(new TopicCreated(OTHER, "orders"), partition(OTHER, 0));
        assertThat(replay.image().topic("orders").id()).isEqualTo(OTHER);
    }

    @Test
    void aBatchWithAnotherPredecessorHaltsTheReader() {
        claimAndCreateOrders();
        BatchWriter foreign =
                new BatchWriter(
                        new LogPosition(1, replay.position().lastOffset(), 4711), 1, random);
        MetadataBatch batch = foreign.write(List.of(new RemoveTopic(ORDERS))).get(0);

        assertThatThrownBy(() -> replay.accept(batch))
                .isInstanceOf(CorruptMetadataException.class)
                .hasMessageContaining("CRC");
        assertThat(replay.image().topic("orders")).isNotNull();
    }

    @Test
    void aGapHaltsTheReader() {
        claimAndCreateOrders();
        writer.write(List.of(new RemoveTopic(ORDERS)));
        MetadataBatch next = writer.write(List.of(new ProducerIdBlock(0, 0, 5))).get(0);

        assertThatThrownBy(() -> replay.accept(next))
                .isInstanceOf(CorruptMetadataException.class)
                .hasMessageContaining("should begin at offset 5");
    }

    @Test
    void nothingOfAnOlderEpochFollowsANewerOne() {
        claimAndCreateOrders();
        BatchWriter newer = new BatchWriter(replay.position(), 2, random);
        replay.accept(newer.write(List.of(new ControllerClaim(1, 2))).get(0));
        BatchWriter older = new BatchWriter(newer.position(), 1, random);
        MetadataBatch zombie = older.write(List.of(new RemoveTopic(ORDERS))).get(0);

        assertThatThrownBy(() -> replay.accept(zombie))
                .isInstanceOf(CorruptMetadataException.class)
                .hasMessageContaining("comes after epoch 2");
    }

    @Test
    void anEpochBeginsWithItsClaim() {
        claimAndCreateOrders();
        BatchWriter newer = new BatchWriter(replay.position(), 2, random);
        MetadataBatch unclaimed = newer.write(List.of(new RemoveTopic(ORDERS))).get(0);

        assertThatThrownBy(() -> replay.accept(unclaimed))
                .isInstanceOf(CorruptMetadataException.class)
                .hasMessageContaining("without a controller claim");
    }

    @Test
    void aChangeThatItsControllerDidNotFinishNeverHappened() {
        claimAndCreateOrders();
        List<MetadataRecord> large = new ArrayList<>();
        large.add(new TopicCreated(OTHER, "wide"));
        for (int i = 0; i < 1_500; i++) {
            large.add(partition(OTHER, i));
        }
        MetadataBatch first = writer.write(large).get(0);
        assertThat(replay.accept(first)).isEmpty();
        assertThat(replay.isSettled()).isFalse();

        BatchWriter successor = new BatchWriter(first.positionAfter(), 2, random);
        replay.accept(successor.write(List.of(new ControllerClaim(1, 2))).get(0));

        assertThat(replay.image().topic("wide")).isNull();
        assertThat(replay.image().topic("orders")).isNotNull();
        assertThat(replay.image().offset()).isEqualTo(successor.position().lastOffset());
        assertThat(replay.isSettled()).isTrue();
    }

    @Test
    void aBrokersEpochIsTheOffsetOfItsRegistration() {
        apply(new ControllerClaim(0, 1));
        MetadataBatch lie =
                writer.write(
                                List.of(
                                        new BrokerRegistration(
                                                0, 9, ORDERS, OTHER, List.of(), null, true, false)))
                        .get(0);

        assertThatThrownBy(() -> replay.accept(lie)).isInstanceOf(CorruptMetadataException.class);
    }

    @Test
    void epochsOfPartitionsNeverRepeat() {
        claimAndCreateOrders();

        assertThatThrownBy(
                        () -> apply(new PartitionChange(ORDERS, 0, 2, null, null, null, 0, false)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("does not follow epoch 0");
    }

    @Test
    void producerIdsOnlyGrow() {
        claimAndCreateOrders();
        apply(new ProducerIdBlock(0, 0, 1_000));

        assertThatThrownBy(() -> apply(new ProducerIdBlock(0, 0, 1_000)))
                .isInstanceOf(IllegalStateException.class);
    }

    private MetadataImage richImage(int partitions) {
        claimAndCreateOrders();
        List<MetadataRecord> records = new ArrayList<>();
        records.add(new TopicCreated(OTHER, "wide"));
        for (int i = 0; i < partitions; i++) {
            records.add(partition(OTHER, i));
        }
        records.add(new ProducerIdBlock(0, 0, 77));
        records.add(new ConfigChange(ConfigResource.broker(1), "a", "b"));
        apply(records.toArray(MetadataRecord[]::new));
        long epoch = replay.position().nextOffset();
        apply(
                new BrokerRegistration(1, epoch, ORDERS, OTHER, List.of(), "r", true, false),
                new BrokerChange(1, epoch, false, false));
        return replay.image();
    }

    @Test
    void aSnapshotHoldsTheWholeImageInChunksThatFitAZnode() {
        MetadataImage image = richImage(20_000);
        MetadataSnapshot snapshot = MetadataSnapshot.of(image);
        MetadataImage restored = snapshot.toImage();

        assertThat(snapshot.chunks()).hasSizeGreaterThan(1);
        assertThat(snapshot.chunks())
                .allMatch(chunk -> chunk.length <= MetadataSnapshot.MAX_CHUNK_BYTES);
        assertThat(ImageHash.of(restored)).isEqualTo(ImageHash.of(image));
        assertThat(restored.topic("wide")).isEqualTo(image.topic("wide"));
        assertThat(restored.broker(1)).isEqualTo(image.broker(1));
        assertThat(restored.nextProducerId()).isEqualTo(77);
        assertThat(MetadataDelta.between(image, restored).changedPartitions()).isEmpty();
    }

    @Test
    void theDifferenceOfTwoImagesIsWhatTheRecordsInBetweenChanged() {
        MetadataImage before = richImage(10);
        apply(new PartitionChange(OTHER, 3, 1, null, null, null, 0, false));
        apply(new RemoveTopic(ORDERS));
        MetadataDelta delta = MetadataDelta.between(before, replay.image());

        assertThat(delta.changedPartitions()).containsOnlyKeys(OTHER);
        assertThat(delta.changedPartitions().get(OTHER)).containsExactly(3);
        assertThat(delta.removedTopics()).extracting(TopicImage::name).containsExactly("orders");
        assertThat(delta.changedConfigs()).containsExactly(ConfigResource.topic("orders"));
    }

    @Test
    void theLocalSnapshotFileComesBackAndADamagedOneIsRefused(@TempDir Path directory)
            throws Exception {
        MetadataImage image = richImage(100);
        SnapshotFile file = new SnapshotFile(directory);
        assertThat(file.read()).isEmpty();
        file.write(MetadataSnapshot.of(MetadataImage.EMPTY));
        file.write(MetadataSnapshot.of(image));
        assertThat(ImageHash.of(file.read().orElseThrow().toImage()))
                .isEqualTo(ImageHash.of(image));

        Path path = directory.resolve("metadata.snapshot");
        byte[] good = Files.readAllBytes(path);
        for (int cut : new int[] {0, 10, good.length / 2, good.length - 1}) {
            Files.write(path, java.util.Arrays.copyOf(good, cut));
            assertThatThrownBy(file::read)
                    .isInstanceOf(CorruptMetadataException.class)
                    .hasMessageContaining("delete it");
        }
        byte[] flipped = good.clone();
        flipped[good.length / 2] ^= 4;
        Files.write(path, flipped);
        assertThatThrownBy(file::read).isInstanceOf(CorruptMetadataException.class);
    }
}
