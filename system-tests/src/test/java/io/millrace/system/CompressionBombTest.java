package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.CreateTopicsResponse;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceResponse;
import io.millrace.protocol.record.BufferRecords;
import io.netty.buffer.Unpooled;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches that are small on the wire and far larger than the broker's heap when unpacked. */
class CompressionBombTest {
    private static final int HEADER_BYTES = 61;
    private static final int CRC_START = 21;

    private static BrokerUnderTest broker;

    @BeforeAll
    static void start() {
        broker = BrokerUnderTest.start("128m");
        createTopic("bombs", "delete");
        createTopic("bombs-compacted", "compact");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static void createTopic(String name, String cleanupPolicy) {
        CreateTopicsRequest.CreatableTopic topic =
                new CreateTopicsRequest.CreatableTopic()
                        .name(name)
                        .numPartitions(1)
                        .replicationFactor((short) 1)
                        .configs(
                                List.of(
                                        new CreateTopicsRequest.CreatableTopicConfig()
                                                .name("cleanup.policy")
                                                .value(cleanupPolicy)));
        try (RawClient client = new RawClient(broker.port())) {
            CreateTopicsResponse created =
                    client.ask(new CreateTopicsRequest().topics(List.of(topic)), (short) 5);
            assertThat(created.topics().get(0).errorCode()).isZero();
        }
    }

    /** snappy and lz4 pack zeros less well; a batch must stay below the message size limit. */
    @ParameterizedTest
    @CsvSource({"GZIP, 600", "ZSTD, 1000", "LZ4, 200", "SNAPPY, 15"})
    void doNotBurstTheBroker(CompressionType type, int megabytes) throws Exception {
        byte[] bomb = bomb(type, megabytes << 20);
        assertThat(bomb.length).isLessThan(1_000_000);

        Watch.during(
                broker,
                () -> {
                    for (String topic : List.of("bombs", "bombs-compacted")) {
                        assertThat(produce(topic, bomb))
                                .as("%s to %s", type, topic)
                                .isIn(
                                        ErrorCode.NONE,
                                        ErrorCode.MESSAGE_TOO_LARGE,
                                        ErrorCode.CORRUPT_MESSAGE,
                                        ErrorCode.INVALID_RECORD);
                    }
                });
    }

    private static ErrorCode produce(String topic, byte[] batch) {
        ProduceRequest.PartitionProduceData partition =
                new ProduceRequest.PartitionProduceData()
                        .records(new BufferRecords(Unpooled.wrappedBuffer(batch)));
        ProduceRequest request =
                new ProduceRequest()
                        .acks((short) 1)
                        .timeoutMs(10_000)
                        .topicData(
                                List.of(
                                        new ProduceRequest.TopicProduceData()
                                                .name(topic)
                                                .partitionData(List.of(partition))));
        try (RawClient client = new RawClient(broker.port())) {
            ProduceResponse response = client.ask(request, (short) 8);
            return ErrorCode.forCode(
                    response.responses().get(0).partitionResponses().get(0).errorCode());
        }
    }

    /** A valid batch of one record whose value is {@code bytes} zeros. */
    private static byte[] bomb(CompressionType type, int bytes) throws IOException {
        ByteBufferOutputStream packed = new ByteBufferOutputStream(2 << 20);
        packed.position(HEADER_BYTES);
        try (OutputStream out = Compression.of(type).build().wrapForOutput(packed, (byte) 2)) {
            DataOutputStream record = new DataOutputStream(out);
            byte[] head = {0, 0, 0, 2, 'k'}; // attributes, deltas, key of one byte
            writeVarint(head.length + varintBytes(bytes) + bytes + 1, record);
            record.write(head);
            writeVarint(bytes, record);
            byte[] zeros = new byte[1 << 20];
            for (int left = bytes; left > 0; left -= zeros.length) {
                record.write(zeros, 0, Math.min(left, zeros.length));
            }
            record.write(0); // no headers
            record.flush();
        }
        ByteBuffer buffer = packed.buffer();
        int size = buffer.position();
        byte[] batch = new byte[size];
        buffer.flip();
        buffer.get(batch);
        ByteBuffer header = ByteBuffer.wrap(batch);
        header.putLong(0).putInt(size - 12).putInt(-1).put((byte) 2).putInt(0);
        header.putShort(type.id).putInt(0);
        header.putLong(1_700_000_000_000L).putLong(1_700_000_000_000L);
        header.putLong(-1).putShort((short) -1).putInt(-1).putInt(1);
        CRC32C crc = new CRC32C();
        crc.update(batch, CRC_START, size - CRC_START);
        header.putInt(17, (int) crc.getValue());
        return batch;
    }

    private static void writeVarint(int value, DataOutputStream out) throws IOException {
        int rest = value << 1 ^ value >> 31;
        while ((rest & ~0x7f) != 0) {
            out.write(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }

    private static int varintBytes(int value) {
        int bytes = 1;
        for (int rest = (value << 1 ^ value >> 31) >>> 7; rest != 0; rest >>>= 7) {
            bytes++;
        }
        return bytes;
    }
}
