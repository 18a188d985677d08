package io.millrace.broker;

import io.millrace.base.time.RandomSource;
import io.millrace.metadata.image.LogReplay;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.MetadataSnapshot;
import io.millrace.metadata.record.BatchWriter;
import io.millrace.metadata.record.BrokerRegistration;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.ControllerClaim;
import io.millrace.metadata.record.CorruptMetadataException;
import io.millrace.metadata.record.Endpoint;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.RecordChunk;
import io.millrace.metadata.record.TopicCreated;
import io.millrace.metadata.record.UnknownRecordException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * One byte, then a batch of the metadata log or, if the byte is odd, a chunk of a snapshot, with
 * its checksum put right. It is refused as damaged, unknown or contradictory, or applied; nothing
 * else.
 */
public final class MetadataRecordsFuzz {
    private MetadataRecordsFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 1 + Integer.BYTES) {
            return;
        }
        byte[] content = Arrays.copyOfRange(input, 1, input.length);
        CRC32C crc = new CRC32C();
        crc.update(content, Integer.BYTES, content.length - Integer.BYTES);
        ByteBuffer.wrap(content).putInt(0, (int) crc.getValue());
        try {
            if ((input[0] & 1) == 0) {
                new LogReplay(MetadataImage.EMPTY).accept(MetadataBatch.decode(content));
            } else {
                RecordChunk.read(content);
                new MetadataSnapshot(LogPosition.START, List.of(content)).toImage();
            }
        } catch (CorruptMetadataException | UnknownRecordException | IllegalStateException e) {
            // Damaged, newer than we are, or in contradiction to the image: refused with the
            // reason.
            return;
        }
    }

    public static List<byte[]> seeds() {
        UUID id = new UUID(1, 2);
        List<MetadataRecord> records =
                List.of(
                        new ControllerClaim(3, 1),
                        new BrokerRegistration(
                                3,
                                1,
                                id,
                                id,
                                List.of(new Endpoint("PLAINTEXT", "host", 9092, 0)),
                                "rack",
                                false,
                                false),
                        new TopicCreated(id, "orders"),
                        new PartitionRecord(id, 0, List.of(3), List.of(3), List.of(), 3, 0, 0),
                        new ConfigChange(ConfigResource.topic("orders"), "retention.ms", "1"));
        byte[] batch =
                new BatchWriter(LogPosition.START, 1, RandomSource.seeded(1))
                        .write(records)
                        .get(0)
                        .encoded();
        RecordChunk.Writer writer = new RecordChunk.Writer(10_000);
        records.forEach(writer::add);
        return List.of(behind(0, batch), behind(1, writer.finish().get(0)));
    }

    private static byte[] behind(int kind, byte[] content) {
        return ByteBuffer.allocate(1 + content.length).put((byte) kind).put(content).array();
    }
}
