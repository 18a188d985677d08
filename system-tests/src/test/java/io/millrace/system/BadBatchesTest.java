package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.CreateTopicsResponse;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceResponse;
import io.millrace.protocol.record.BufferRecords;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Record batches with something wrong in them: none of them may reach the log. */
class BadBatchesTest {
    private static final String TOPIC = "batches";

    /** Compressed records are opened only where the topic demands something of them. */
    private static final String COMPACTED = "batches-compacted";

    private static final short PRODUCE_VERSION = 8;

    /** Positions in a batch of format v2. */
    private static final int LENGTH = 8;

    private static final int MAGIC = 16;
    private static final int CRC = 17;
    private static final int ATTRIBUTES = 21;
    private static final int LAST_OFFSET_DELTA = 23;
    private static final int PRODUCER_ID = 43;
    private static final int PRODUCER_EPOCH = 51;
    private static final int COUNT = 57;
    private static final int RECORDS = 61;

    private static BrokerUnderTest broker;

    @BeforeAll
    static void start() {
        broker = BrokerUnderTest.start("128m");
        createTopic(TOPIC, "delete");
        createTopic(COMPACTED, "compact");
        Awaitility.await().until(() -> produce(TOPIC, batch(batch -> {})) == ErrorCode.NONE);
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

    @AfterAll
    static void stop() {
        broker.close();
    }

    /** A good batch of three records, changed, with a checksum that fits the change. */
    private static byte[] batch(Consumer<ByteBuffer> change) {
        byte[] bytes = good(Compression.NONE);
        change.accept(ByteBuffer.wrap(bytes));
        return withChecksum(bytes);
    }

    private static byte[] good(Compression compression) {
        MemoryRecords records =
                MemoryRecords.withRecords(
                        compression,
                        new SimpleRecord(1_700_000_000_000L, "k1".getBytes(), "v1".getBytes()),
                        new SimpleRecord(1_700_000_000_001L, "k2".getBytes(), "v2".getBytes()),
                        new SimpleRecord(1_700_000_000_002L, "k3".getBytes(), new byte[200]));
        byte[] bytes = new byte[records.sizeInBytes()];
        records.buffer().duplicate().get(bytes);
        return bytes;
    }

    private static byte[] withChecksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, ATTRIBUTES, bytes.length - ATTRIBUTES);
        ByteBuffer.wrap(bytes).putInt(CRC, (int) crc.getValue());
        return bytes;
    }

    private static ErrorCode produce(String topic, byte[] batch) {
        try (RawClient client = new RawClient(broker.port())) {
            ProduceResponse response =
                    client.ask(
                            new ProduceRequest()
                                    .acks((short) -1)
                                    .timeoutMs(5_000)
                                    .topicData(
                                            List.of(
                                                    new ProduceRequest.TopicProduceData()
                                                            .name(topic)
                                                            .partitionData(
                                                                    List.of(
                                                                            new ProduceRequest
                                                                                            .PartitionProduceData()
                                                                                    .records(
                                                                                            new BufferRecords(
                                                                                                    Unpooled
                                                                                                            .wrappedBuffer(
                                                                                                                    batch))))))),
                            PRODUCE_VERSION);
            return ErrorCode.forCode(
                    response.responses().get(0).partitionResponses().get(0).errorCode());
        }
    }

    private static void assertRefused(String what, byte[] batch) {
        assertRefused(TOPIC, what, batch);
    }

    private static void assertRefused(String topic, String what, byte[] batch) {
        ErrorCode error = produce(topic, batch);
        if (BrokerUnderTest.isApache() && error == ErrorCode.UNKNOWN_SERVER_ERROR) {
            return;
        }
        assertThat(error)
                .as(what)
                .isIn(
                        Set.of(
                                ErrorCode.CORRUPT_MESSAGE,
                                ErrorCode.INVALID_RECORD,
                                ErrorCode.INVALID_REQUEST,
                                ErrorCode.MESSAGE_TOO_LARGE,
                                ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT,
                                ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                                ErrorCode.INVALID_PRODUCER_EPOCH,
                                ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                                ErrorCode.INVALID_TXN_STATE,
                                ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                                ErrorCode.INVALID_TIMESTAMP));
    }

    @Test
    void batchesThatAreNotWhatTheySayAreRefusedAndTheLogStaysReadable() throws Exception {
        long before = logEnd();
        Watch.during(
                broker,
                () -> {
                    refuseBrokenHeaders();
                    refuseBrokenCounts();
                    refuseWhatClientsMayNotSend();
                    refuseBrokenRecords();
                    refuseGarbledCompression();
                });

        long end = logEnd();
        assertThat(end).as("nothing was appended").isEqualTo(before);
        assertThat(produce(TOPIC, batch(batch -> {}))).isEqualTo(ErrorCode.NONE);
        assertThat(logEnd()).isEqualTo(end + 3);
    }

    private static void refuseBrokenHeaders() {
        byte[] flipped = batch(batch -> {});
        flipped[flipped.length - 1] ^= 1;
        assertRefused("checksum of other bytes", flipped);
        assertRefused("nothing at all", new byte[0]);
        assertRefused("half a header", Arrays.copyOf(batch(batch -> {}), 30));
        byte[] whole = batch(batch -> {});
        assertRefused("half a batch", Arrays.copyOf(whole, whole.length - 20));
        for (int magic : new int[] {3, 127, -1}) {
            assertRefused("magic " + magic, batch(batch -> batch.put(MAGIC, (byte) magic)));
        }
        for (int length : new int[] {0, -1, 10, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertRefused("length " + length, batch(batch -> batch.putInt(LENGTH, length)));
        }
        byte[] twice = Arrays.copyOf(whole, 2 * whole.length);
        System.arraycopy(whole, 0, twice, whole.length, whole.length);
        assertRefused("two batches", twice);
    }

    private static void refuseBrokenCounts() {
        for (int count : new int[] {0, -1, 2, 4, Integer.MAX_VALUE}) {
            assertRefused("count " + count, batch(batch -> batch.putInt(COUNT, count)));
        }
        for (int delta : new int[] {-1, 0, 3, Integer.MAX_VALUE}) {
            assertRefused(
                    "last offset delta " + delta,
                    batch(batch -> batch.putInt(LAST_OFFSET_DELTA, delta)));
        }
        byte[] headerOnly = Arrays.copyOf(batch(batch -> {}), RECORDS);
        ByteBuffer.wrap(headerOnly)
                .putInt(LENGTH, RECORDS - 12)
                .putInt(LAST_OFFSET_DELTA, Integer.MAX_VALUE - 1)
                .putInt(COUNT, Integer.MAX_VALUE);
        assertRefused("two billion records in 61 bytes", withChecksum(headerOnly));
    }

    private static void refuseWhatClientsMayNotSend() {
        assertRefused(
                "a control batch from a client",
                batch(batch -> batch.putShort(ATTRIBUTES, (short) 0x20)));
        assertRefused("reserved codec 7", batch(batch -> batch.putShort(ATTRIBUTES, (short) 0x07)));
        if (BrokerUnderTest.isApache()) {
            return; // It takes the following, which leaves transactions that nobody can end.
        }
        assertRefused(
                "a transaction without a producer id",
                batch(batch -> batch.putShort(ATTRIBUTES, (short) 0x10)));
        assertRefused(
                "a producer id without an epoch",
                batch(
                        batch ->
                                batch.putLong(PRODUCER_ID, 77)
                                        .putShort(PRODUCER_EPOCH, (short) -1)));
    }

    private static void refuseBrokenRecords() {
        for (String topic : List.of(TOPIC, COMPACTED)) {
            // The first record: length, attributes, timestamp delta, offset delta, key length, ...
            refuseBrokenRecord(topic, "a record of length 0", 0, 0);
            refuseBrokenRecord(topic, "a record of negative length", 0, 1);
            refuseBrokenRecord(topic, "a record longer than the batch", 0, 126);
            refuseBrokenRecord(topic, "a key of length -2", 4, 3);
            refuseBrokenRecord(topic, "a key longer than the record", 4, 120);
            refuseBrokenRecord(topic, "a header that is not there", 10, 2);
            if (!BrokerUnderTest.isApache()) {
                refuseBrokenRecord(topic, "an offset delta that jumps", 3, 20);
            }
        }
    }

    private static void refuseBrokenRecord(String topic, String what, int at, int value) {
        byte[] broken = batch(batch -> batch.put(RECORDS + at, (byte) value));
        assertRefused(topic, what + " to " + topic, broken);
    }

    private static void refuseGarbledCompression() {
        for (Compression compression :
                List.of(
                        Compression.gzip().build(),
                        Compression.snappy().build(),
                        Compression.lz4().build(),
                        Compression.zstd().build())) {
            byte[] garbled = good(compression);
            Arrays.fill(garbled, RECORDS + 2, Math.min(garbled.length, RECORDS + 20), (byte) 0x55);
            ErrorCode error = produce(COMPACTED, withChecksum(garbled));
            if (!BrokerUnderTest.isApache()) {
                assertThat(error)
                        .as("garbled %s", compression.type())
                        .isIn(ErrorCode.CORRUPT_MESSAGE, ErrorCode.INVALID_RECORD);
            }
        }
    }

    private static long logEnd() {
        try (RawClient client = new RawClient(broker.port())) {
            FetchResponse response =
                    client.ask(
                            new FetchRequest()
                                    .topics(
                                            List.of(
                                                    new FetchRequest.FetchTopic()
                                                            .topic(TOPIC)
                                                            .partitions(
                                                                    List.of(
                                                                            new FetchRequest
                                                                                            .FetchPartition()
                                                                                    .partitionMaxBytes(
                                                                                            1000))))),
                            (short) 4);
            FetchResponse.PartitionData partition = response.responses().get(0).partitions().get(0);
            assertThat(partition.errorCode()).isZero();
            return partition.highWatermark();
        }
    }

    @Test
    void aGoodBatchOfEachCodecIsKeptByteForByte() {
        long start = logEnd();
        List<Compression> codecs =
                List.of(
                        Compression.gzip().build(),
                        Compression.snappy().build(),
                        Compression.lz4().build(),
                        Compression.zstd().build());
        for (Compression compression : codecs) {
            byte[] sent = good(compression);
            assertThat(produce(TOPIC, sent)).as("%s", compression.type()).isEqualTo(ErrorCode.NONE);

            byte[] stored = fetch(start);

            // All but base offset and leader epoch, which the broker sets.
            assertThat(Arrays.copyOfRange(stored, MAGIC, sent.length))
                    .isEqualTo(Arrays.copyOfRange(sent, MAGIC, sent.length));
            start += 3;
        }
    }

    private static byte[] fetch(long offset) {
        try (RawClient client = new RawClient(broker.port())) {
            FetchResponse response =
                    client.ask(
                            new FetchRequest()
                                    .maxBytes(1 << 20)
                                    .topics(
                                            List.of(
                                                    new FetchRequest.FetchTopic()
                                                            .topic(TOPIC)
                                                            .partitions(
                                                                    List.of(
                                                                            new FetchRequest
                                                                                            .FetchPartition()
                                                                                    .fetchOffset(
                                                                                            offset)
                                                                                    .partitionMaxBytes(
                                                                                            1))))),
                            (short) 4);
            BufferRecords records =
                    (BufferRecords) response.responses().get(0).partitions().get(0).records();
            return ByteBufUtil.getBytes(records.buffer());
        }
    }
}
