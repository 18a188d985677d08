package io.millrace.metadata.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.time.RandomSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MetadataBatchTest {
    private static final UUID ID = new UUID(1, 2);

    /** At least one of every record type, absent parts included. */
    static final List<MetadataRecord> ALL =
            List.of(
                    new ControllerClaim(3, 7),
                    new BrokerRegistration(
                            3,
                            1,
                            ID,
                            new UUID(3, 4),
                            List.of(new Endpoint("PLAINTEXT", "host", 65535, 0)),
                            "rack-a",
                            true,
                            false),
                    new BrokerRegistration(0, 2, ID, ID, List.of(), null, false, true),
                    new BrokerChange(3, 1, false, true),
                    new UnregisterBroker(3, 1),
                    new TopicCreated(ID, "orders-ü"),
                    new RemoveTopic(ID),
                    new PartitionRecord(ID, 0, List.of(1, 300), List.of(1), List.of(300), -1, 5, 9),
                    new PartitionChange(ID, 1, 1, List.of(1), List.of(1), List.of(), -1, true),
                    new PartitionChange(ID, 1, 2, null, null, null, null, false),
                    new BrokerRegistration(
                            4,
                            7,
                            ID,
                            ID,
                            List.of(),
                            null,
                            true,
                            false,
                            List.of(ID),
                            new TreeMap<>(Map.of("group.version", new LevelRange(0, 1)))),
                    new BrokerChange(4, 7, false, false, List.of(ID)),
                    new PartitionRecord(
                            ID,
                            2,
                            List.of(2, 1),
                            List.of(1),
                            List.of(),
                            1,
                            5,
                            9,
                            new Reassignment(List.of(1), List.of(2)),
                            List.of(1),
                            List.of(PartitionRecord.NO_DIRECTORY, ID)),
                    new PartitionChange(
                            ID,
                            2,
                            10,
                            List.of(2),
                            List.of(2),
                            null,
                            2,
                            false,
                            Reassignment.NONE,
                            List.of(),
                            List.of(ID)),
                    new ConfigChange(ConfigResource.topic("orders"), "retention.ms", "1"),
                    new ConfigChange(ConfigResource.brokerDefaults(), "k", null),
                    new ProducerIdBlock(3, 1, Long.MAX_VALUE),
                    new FeatureLevel("f", 2),
                    new QuotaChange(
                            new QuotaEntity(
                                    new TreeMap<>(
                                            Map.of(
                                                    "user",
                                                    Optional.of("ada"),
                                                    "client-id",
                                                    Optional.empty()))),
                            "producer_byte_rate",
                            1024.5),
                    new QuotaChange(
                            new QuotaEntity(new TreeMap<>(Map.of("ip", Optional.of("10.0.0.1")))),
                            "connection_creation_rate",
                            null),
                    new ScramChange(
                            "ada",
                            ScramMechanism.SCRAM_SHA_256,
                            ScramCredential.of(
                                    4096, new byte[] {1, -1}, new byte[] {2}, new byte[] {3})),
                    new ScramChange("ada", ScramMechanism.SCRAM_SHA_512, null));

    private static BatchWriter writer() {
        return new BatchWriter(LogPosition.START, 7, RandomSource.seeded(1));
    }

    private static MetadataBatch batchOf(List<MetadataRecord> records) {
        return writer().write(records).get(0);
    }

    @Test
    void everyRecordTypeComesBackAsItWas() {
        MetadataBatch batch = batchOf(ALL);
        MetadataBatch read = MetadataBatch.decode(batch.encoded());

        assertThat(read.records()).isEqualTo(ALL);
        assertThat(ALL).extracting(MetadataRecord::type).contains(RecordType.values());
        assertThat(read.positionAfter()).isEqualTo(batch.positionAfter());
        assertThat(read.nonce()).isEqualTo(batch.nonce());
        assertThat(read.lastOffset()).isEqualTo(ALL.size() - 1);
    }

    @Test
    void everyFlippedBitAndEveryCutIsNoticed() {
        byte[] good = batchOf(ALL).encoded();
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1 << i % 8;
            assertThatThrownBy(() -> MetadataBatch.decode(bad))
                    .isInstanceOf(CorruptMetadataException.class);
            byte[] cut = java.util.Arrays.copyOf(good, i);
            assertThatThrownBy(() -> MetadataBatch.decode(cut))
                    .isInstanceOf(CorruptMetadataException.class);
        }
    }

    @Test
    void aRecordTypeFromTheFutureIsRefusedNotSkipped() {
        RecordOutput out = new RecordOutput();
        out.writeInt(RecordType.values().length + 1);
        out.writeInt(0);
        out.writeInt(0);
        byte[] unknownType = out.toByteArray();
        RecordOutput newer = new RecordOutput();
        newer.writeInt(RecordType.REMOVE_TOPIC.id());
        newer.writeInt(1);
        newer.writeInt(0);
        byte[] newerVersion = newer.toByteArray();

        assertThatThrownBy(() -> RecordType.read(new RecordInput(unknownType, 0, 3)))
                .isInstanceOf(UnknownRecordException.class)
                .hasMessageContaining("upgrade");
        assertThatThrownBy(() -> RecordType.read(new RecordInput(newerVersion, 0, 3)))
                .isInstanceOf(UnknownRecordException.class);
    }

    @Test
    void aHugeCountIsRefusedBeforeAnythingIsAllocated() {
        RecordOutput out = new RecordOutput();
        out.writeInt(RecordType.PARTITION.id());
        out.writeInt(0);
        RecordOutput body = new RecordOutput();
        body.writeUuid(ID);
        body.writeInt(0);
        body.writeInt(Integer.MAX_VALUE);
        out.writeInt(body.size());
        out.writeRaw(body.array(), 0, body.size());
        byte[] bytes = out.toByteArray();

        assertThatThrownBy(() -> RecordType.read(new RecordInput(bytes, 0, bytes.length)))
                .isInstanceOf(CorruptMetadataException.class)
                .hasMessageContaining("remain");
    }

    @Test
    void aLargeChangeIsCutIntoBatchesThatContinueOneAnother() {
        List<MetadataRecord> many = new ArrayList<>();
        for (int i = 0; i < 2_500; i++) {
            many.add(new ConfigChange(ConfigResource.topic("t"), "k" + i, "v".repeat(100)));
        }
        BatchWriter writer = writer();
        List<MetadataBatch> batches = writer.write(many);

        LogPosition position = LogPosition.START;
        List<MetadataRecord> read = new ArrayList<>();
        for (MetadataBatch batch : batches) {
            assertThat(batch.sizeInBytes()).isLessThanOrEqualTo(MetadataBatch.MAX_BYTES);
            assertThat(batch.records().size()).isLessThanOrEqualTo(MetadataBatch.MAX_RECORDS);
            assertThat(batch.baseOffset()).isEqualTo(position.nextOffset());
            assertThat(batch.previousCrc()).isEqualTo(position.lastCrc());
            assertThat(batch.continued()).isEqualTo(batch != batches.get(batches.size() - 1));
            position = batch.positionAfter();
            read.addAll(batch.records());
        }
        assertThat(read).isEqualTo(many);
        assertThat(writer.position()).isEqualTo(position);
    }

    @Test
    void aChangeInPartsIsCutIntoBatchesOfWhichEachStandsAlone() {
        List<MetadataRecord> many = new ArrayList<>();
        for (int i = 0; i < 2 * MetadataBatch.MAX_RECORDS + 1; i++) {
            many.add(new RemoveTopic(new UUID(1, i)));
        }
        List<MetadataBatch> batches = writer().writeSingly(many);

        assertThat(batches).hasSize(3).noneMatch(MetadataBatch::continued);
        assertThat(batches.get(2).previousCrc()).isEqualTo(batches.get(1).crc());
    }

    @Test
    void aRecordThatNoBatchCanHoldIsRefusedAndTheWriterStaysWhereItWas() {
        BatchWriter writer = writer();
        List<MetadataRecord> records = new ArrayList<>();
        for (int i = 0; i < 1_500; i++) {
            records.add(new RemoveTopic(ID));
        }
        records.add(
                new ConfigChange(
                        ConfigResource.topic("t"), "k", "v".repeat(MetadataBatch.MAX_BYTES)));

        assertThatThrownBy(() -> writer.write(records))
                .isInstanceOf(OversizedRecordException.class)
                .hasMessageContaining("CONFIG_CHANGE");
        assertThat(writer.position()).isEqualTo(LogPosition.START);
    }
}
