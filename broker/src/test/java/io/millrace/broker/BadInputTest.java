package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.ListOffsetsRequest;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.millrace.protocol.message.MetadataResponse;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.millrace.protocol.message.ProduceRequest.TopicProduceData;
import io.millrace.protocol.message.ProduceResponse;
import io.millrace.protocol.record.BufferRecords;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bytes that no proper client sends: the right error or a closed connection, and others live on.
 */
final class BadInputTest {
    @TempDir static Path dir;
    private static RunningBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = new RunningBroker(dir, "socket.request.max.bytes", "1000000");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @AfterEach
    void othersAreStillServed() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            wire.send(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest());
            ByteBuf answer = wire.receive(ApiKey.API_VERSIONS, 0);
            assertThat(ApiVersionsResponse.read(answer, (short) 0).errorCode()).isZero();
        }
    }

    @Test
    @Tag("wire-1")
    void edge1_anUnknownApiVersionsVersionIsAnsweredInVersionZero() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            // Version 99 of header 2: length, key, version, correlation, client id, no tags.
            ByteBuf frame = Unpooled.buffer();
            frame.writeShort(18).writeShort(99).writeInt(5).writeShort(-1).writeByte(0);
            wire.frame(frame);
            ByteBuf answer = wire.receiveFrame();
            assertThat(answer.readInt()).isEqualTo(5);
            ApiVersionsResponse response = ApiVersionsResponse.read(answer, (short) 0);
            assertThat(response.errorCode()).isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
            assertThat(response.apiKeys()).anyMatch(key -> key.apiKey() == 18);
        }
    }

    @Test
    void lowVersionsThatOldClientsTestForAreAdvertised() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            wire.send(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest());
            var keys =
                    ApiVersionsResponse.read(wire.receive(ApiKey.API_VERSIONS, 0), (short) 0)
                            .apiKeys();
            assertThat(keys)
                    .anyMatch(k -> k.apiKey() == 0 && k.minVersion() == 0)
                    .anyMatch(k -> k.apiKey() == 8 && k.minVersion() <= 1)
                    .anyMatch(k -> k.apiKey() == 22 && k.minVersion() == 0)
                    .as("what belongs to Raft alone is not there")
                    .noneMatch(k -> k.apiKey() == 55)
                    .noneMatch(k -> k.apiKey() == 80);
        }
    }

    @Test
    void framesOfImpossibleLengthCloseTheConnection() throws Exception {
        for (int length : new int[] {-1, 0, 3, Integer.MAX_VALUE, 1_000_001}) {
            try (Wire wire = new Wire(broker.port())) {
                wire.raw(ByteBufUtil.getBytes(Unpooled.copyInt(length, 0)));
                wire.expectClosed();
            }
        }
    }

    @Test
    void httpTlsAndGarbageCloseTheConnection() throws Exception {
        Random random = new Random(3);
        byte[] garbage = new byte[5000];
        random.nextBytes(garbage);
        for (byte[] bytes :
                List.of(
                        "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                        new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3},
                        garbage)) {
            try (Wire wire = new Wire(broker.port())) {
                wire.raw(bytes);
                wire.halfClose();
                wire.expectClosed();
            }
        }
    }

    @Test
    void unknownKeysAndUnservedVersionsCloseTheConnection() throws Exception {
        for (int[] keyAndVersion : new int[][] {{999, 0}, {-5, 0}, {1, 99}, {3, -1}, {0, 0}}) {
            try (Wire wire = new Wire(broker.port())) {
                ByteBuf frame = Unpooled.buffer();
                frame.writeShort(keyAndVersion[0]).writeShort(keyAndVersion[1]);
                frame.writeInt(1).writeShort(-1).writeZero(20);
                wire.frame(frame);
                wire.expectClosed();
            }
        }
    }

    @Test
    @Tag("wire-43")
    void requestsCutAtEveryByteOrFlippedNeverHarmTheBroker() throws Exception {
        Random random = new Random(11);
        for (byte[] golden : goldenRequests()) {
            for (int cut = 8; cut < golden.length; cut += 1 + golden.length / 40) {
                exchangeAnything(java.util.Arrays.copyOf(golden, cut));
            }
            for (int i = 0; i < 25; i++) {
                byte[] flipped = golden.clone();
                flipped[8 + random.nextInt(flipped.length - 8)] = (byte) random.nextInt();
                exchangeAnything(flipped);
            }
        }
    }

    @Test
    @Tag("wire-15")
    void edge15_produceWithAcksZeroGetsNoResponseAndFailureClosesTheConnection() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            wire.send(
                    ApiKey.PRODUCE,
                    9,
                    new ProduceRequest()
                            .acks((short) 0)
                            .topicData(
                                    List.of(
                                            new TopicProduceData()
                                                    .name("missing")
                                                    .partitionData(
                                                            List.of(
                                                                    new PartitionProduceData()
                                                                            .records(
                                                                                    BufferRecords
                                                                                            .EMPTY))))));
            wire.expectClosed();
        }
    }

    @Test
    @Tag("wire-15")
    void edge15_produceWithoutABatchIsAnInvalidRecordAndBadAcksAreNamed() throws Exception {
        createTopic("strict");
        try (Wire wire = new Wire(broker.port())) {
            for (short acks : new short[] {-1, 5}) {
                wire.send(
                        ApiKey.PRODUCE,
                        9,
                        new ProduceRequest()
                                .acks(acks)
                                .topicData(
                                        List.of(
                                                new TopicProduceData()
                                                        .name("strict")
                                                        .partitionData(
                                                                List.of(
                                                                        new PartitionProduceData()
                                                                                .records(
                                                                                        BufferRecords
                                                                                                .EMPTY))))));
                short code =
                        ProduceResponse.read(wire.receive(ApiKey.PRODUCE, 9), (short) 9)
                                .responses()
                                .get(0)
                                .partitionResponses()
                                .get(0)
                                .errorCode();
                assertThat(ErrorCode.forCode(code))
                        .isEqualTo(
                                acks == 5
                                        ? ErrorCode.INVALID_REQUIRED_ACKS
                                        : ErrorCode.INVALID_RECORD);
            }
        }
    }

    @Test
    @Tag("wire-8")
    void edge8_versionZeroWithNoTopicsMeansAllAndLaterVersionsMeanNone() throws Exception {
        createTopic("visible");
        try (Wire wire = new Wire(broker.port())) {
            wire.send(ApiKey.METADATA, 0, new MetadataRequest());
            assertThat(MetadataResponse.read(wire.receive(ApiKey.METADATA, 0), (short) 0).topics())
                    .anyMatch(topic -> "visible".equals(topic.name()));
            wire.send(ApiKey.METADATA, 1, new MetadataRequest());
            assertThat(MetadataResponse.read(wire.receive(ApiKey.METADATA, 1), (short) 1).topics())
                    .isEmpty();
            wire.send(ApiKey.METADATA, 1, new MetadataRequest().topics(null));
            assertThat(MetadataResponse.read(wire.receive(ApiKey.METADATA, 1), (short) 1).topics())
                    .isNotEmpty();
        }
    }

    @Test
    @Tag("wire-8")
    void edge8_impossibleTopicNamesAreNeverCreated() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            for (String name : List.of("..", "a/b", "x".repeat(250), "sp ace")) {
                wire.send(
                        ApiKey.METADATA,
                        4,
                        new MetadataRequest()
                                .topics(List.of(new MetadataRequestTopic().name(name)))
                                .allowAutoTopicCreation(true));
                assertThat(
                                MetadataResponse.read(wire.receive(ApiKey.METADATA, 4), (short) 4)
                                        .topics()
                                        .get(0)
                                        .errorCode())
                        .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION.code());
            }
        }
    }

    @Test
    @Tag("wire-22")
    void edge22_fetchErrorsAreOnlyThoseThatConsumersKnow() throws Exception {
        createTopic("fetchable");
        try (Wire wire = new Wire(broker.port())) {
            List<ErrorCode> seen = new java.util.ArrayList<>();
            for (FetchRequest.FetchTopic topic :
                    List.of(
                            fetch("nowhere", 0, 0, -1),
                            fetch("fetchable", 9, 0, -1),
                            fetch("fetchable", 0, 1_000_000, -1),
                            fetch("fetchable", 0, 0, 99))) {
                wire.send(ApiKey.FETCH, 11, new FetchRequest().topics(List.of(topic)));
                FetchResponse response =
                        FetchResponse.read(wire.receive(ApiKey.FETCH, 11), (short) 11);
                seen.add(
                        ErrorCode.forCode(
                                response.responses().get(0).partitions().get(0).errorCode()));
            }
            assertThat(seen)
                    .containsExactly(
                            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                            ErrorCode.OFFSET_OUT_OF_RANGE,
                            ErrorCode.UNKNOWN_LEADER_EPOCH);
        }
    }

    @Test
    @Tag("wire-24")
    void edge24_aFetchOfNothingReturnsAtOnceAndSessionErrorsAreAtTheTop() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            wire.send(ApiKey.FETCH, 11, new FetchRequest().maxWaitMs(60_000).minBytes(1));
            assertThat(FetchResponse.read(wire.receive(ApiKey.FETCH, 11), (short) 11).responses())
                    .isEmpty();
            wire.send(ApiKey.FETCH, 11, new FetchRequest().sessionId(77).sessionEpoch(3));
            FetchResponse refused = FetchResponse.read(wire.receive(ApiKey.FETCH, 11), (short) 11);
            assertThat(refused.errorCode()).isEqualTo(ErrorCode.FETCH_SESSION_ID_NOT_FOUND.code());
            assertThat(refused.responses()).isEmpty();
        }
    }

    @Test
    @Tag("wire-5")
    void edge5_pipelinedRequestsAreAnsweredInOrderAlsoBeyondTheBound() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            for (int i = 0; i < 3000; i++) {
                wire.send(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest());
            }
            for (int i = 0; i < 3000; i++) {
                assertThat(wire.receiveFrame().readInt()).isEqualTo(i);
            }
        }
    }

    @Test
    void aHalfClosedClientStillGetsItsAnswers() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            wire.send(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest());
            wire.halfClose();
            assertThat(wire.receiveFrame().readInt()).isZero();
            wire.expectClosed();
        }
    }

    private static FetchRequest.FetchTopic fetch(
            String topic, int partition, long offset, int epoch) {
        return new FetchRequest.FetchTopic()
                .topic(topic)
                .partitions(
                        List.of(
                                new FetchRequest.FetchPartition()
                                        .partition(partition)
                                        .fetchOffset(offset)
                                        .currentLeaderEpoch(epoch)
                                        .partitionMaxBytes(1000)));
    }

    private static void createTopic(String name) throws Exception {
        try (var admin = broker.admin()) {
            if (!admin.listTopics().names().get().contains(name)) {
                admin.createTopics(
                                List.of(
                                        new org.apache.kafka.clients.admin.NewTopic(
                                                name, 1, (short) 1)))
                        .all()
                        .get();
            }
        }
    }

    private static List<byte[]> goldenRequests() {
        return List.of(
                Wire.bytes(ApiKey.METADATA, 12, new MetadataRequest().topics(null)),
                Wire.bytes(
                        ApiKey.FETCH,
                        11,
                        new FetchRequest().topics(List.of(fetch("fetchable", 0, 0, -1)))),
                Wire.bytes(ApiKey.LIST_OFFSETS, 7, new ListOffsetsRequest()),
                Wire.bytes(
                        ApiKey.JOIN_GROUP,
                        5,
                        new JoinGroupRequest().groupId("g").protocolType("consumer")),
                Wire.bytes(
                        ApiKey.API_VERSIONS, 3, new ApiVersionsRequest().clientSoftwareName("x")));
    }

    private static void exchangeAnything(byte[] frame) throws IOException {
        try (Wire wire = new Wire(broker.port())) {
            wire.frame(Unpooled.wrappedBuffer(frame));
            wire.halfClose();
            // An answer or the end, both are right; what matters is that it ends.
            wire.readToEnd();
        }
    }
}
