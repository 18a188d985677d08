package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.CreateTopicsResponse;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.FindCoordinatorResponse;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.MetadataResponse;
import io.millrace.system.RawClient.Reaction;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Well-formed frames whose headers, counts or meaning are wrong. */
class BadRequestsTest {
    private static final int PATIENCE_MS = 10_000;
    private static final short METADATA_VERSION = 9;

    private static BrokerUnderTest broker;

    @BeforeAll
    static void start() {
        broker = BrokerUnderTest.start("128m");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    /** A frame whose content is written by hand. */
    private static byte[] frame(Consumer<ByteBuf> content) {
        ByteBuf buffer = Unpooled.buffer().writeInt(0);
        content.accept(buffer);
        buffer.setInt(0, buffer.readableBytes() - 4);
        return ByteBufUtil.getBytes(buffer);
    }

    private static ByteBuf header(ByteBuf out, int key, int version) {
        return out.writeShort(key).writeShort(version).writeInt(1).writeShort(-1);
    }

    private static Reaction reactionTo(byte[] frame) {
        try (RawClient client = new RawClient(broker.port())) {
            client.send(frame);
            return client.reaction(PATIENCE_MS);
        }
    }

    private static void assertRefused(String what, byte[] frame) {
        Reaction reaction = reactionTo(frame);
        if (reaction instanceof Reaction.Answered answered) {
            // An error code other than 0 must be in there; the shortest answers are all error.
            assertThat(answered.frame().length).as(what).isGreaterThan(4);
        } else {
            assertThat(reaction).as(what).isInstanceOf(Reaction.Closed.class);
        }
    }

    @Test
    void anUnknownApiVersionsVersionIsAnsweredInVersionZeroWithTheRangeThatWorks() {
        Reaction reaction =
                reactionTo(
                        frame(
                                out ->
                                        header(out, ApiKey.API_VERSIONS.id(), 99)
                                                .writeBytes(new byte[] {0, 2, 'a', 2, '1', 0})));

        assertThat(reaction).isInstanceOf(Reaction.Answered.class);
        ByteBuf body = Unpooled.wrappedBuffer(((Reaction.Answered) reaction).frame()).skipBytes(4);
        ApiVersionsResponse response = ApiVersionsResponse.read(body, (short) 0);
        assertThat(response.errorCode()).isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
        assertThat(response.apiKeys())
                .anySatisfy(
                        api -> {
                            assertThat(api.apiKey()).isEqualTo(ApiKey.API_VERSIONS.id());
                            assertThat((int) api.maxVersion()).isGreaterThanOrEqualTo(3);
                        });
    }

    @Test
    void unknownKeysAndVersionsAreRefused() throws Exception {
        Watch.during(
                broker,
                () -> {
                    assertRefused("key 999", frame(out -> header(out, 999, 0)));
                    assertRefused("key -1", frame(out -> header(out, -1, 0)));
                    assertRefused("metadata v99", frame(out -> header(out, 3, 99).writeZero(20)));
                    assertRefused("metadata v-1", frame(out -> header(out, 3, -1).writeZero(20)));
                    assertRefused("produce v99", frame(out -> header(out, 0, 99).writeZero(40)));
                });
    }

    @Test
    void headersThatLieAreRefused() throws Exception {
        Watch.during(
                broker,
                () -> {
                    assertRefused(
                            "client id longer than the frame",
                            frame(
                                    out ->
                                            out.writeShort(3)
                                                    .writeShort(9)
                                                    .writeInt(1)
                                                    .writeShort(Short.MAX_VALUE)
                                                    .writeZero(10)));
                    assertRefused(
                            "client id of length -2",
                            frame(
                                    out ->
                                            out.writeShort(3)
                                                    .writeShort(9)
                                                    .writeInt(1)
                                                    .writeShort(-2)
                                                    .writeZero(10)));
                    assertRefused(
                            "a million tags in the header",
                            frame(
                                    out ->
                                            header(out, 3, METADATA_VERSION)
                                                    .writeBytes(new byte[] {-64, -124, 61})
                                                    .writeZero(10)));
                    assertRefused(
                            "tags that do not ascend",
                            frame(
                                    out ->
                                            header(out, 3, METADATA_VERSION)
                                                    .writeBytes(new byte[] {2, 5, 0, 5, 0})
                                                    .writeBytes(new byte[] {0, 0, 0, 0, 0})));
                    assertRefused(
                            "a tag that ends behind the frame",
                            frame(
                                    out ->
                                            header(out, 3, METADATA_VERSION)
                                                    .writeBytes(new byte[] {1, 5, 127, 0})));
                });
    }

    @Test
    void countsThatCannotBeMeantAreRefused() throws Exception {
        Watch.during(
                broker,
                () -> {
                    for (int count :
                            new int[] {-2, Integer.MIN_VALUE, Integer.MAX_VALUE, 1_000_000}) {
                        assertRefused(
                                "metadata v4 of " + count + " topics",
                                frame(
                                        out ->
                                                header(out, 3, 4)
                                                        .writeInt(count)
                                                        .writeBytes(new byte[] {0, 1, 'a', 1})));
                    }
                    assertRefused(
                            "compact count of five bytes",
                            frame(
                                    out ->
                                            header(out, 3, METADATA_VERSION)
                                                    .writeByte(0)
                                                    .writeBytes(new byte[] {-1, -1, -1, -1, 7})
                                                    .writeZero(10)));
                    assertRefused(
                            "varint that does not end",
                            frame(
                                    out ->
                                            header(out, 3, METADATA_VERSION)
                                                    .writeByte(0)
                                                    .writeBytes(
                                                            new byte[] {
                                                                -1, -1, -1, -1, -1, -1, -1
                                                            })));
                    assertRefused(
                            "nested count in produce",
                            frame(
                                    out ->
                                            header(out, 0, 3)
                                                    .writeShort(-1)
                                                    .writeShort(1)
                                                    .writeInt(1000)
                                                    .writeInt(1)
                                                    .writeShort(1)
                                                    .writeByte('a')
                                                    .writeInt(Integer.MAX_VALUE)
                                                    .writeInt(0)));
                });
    }

    @Test
    void aVarintThatIsLongerThanNeededMeansTheSame() {
        Reaction reaction =
                reactionTo(
                        frame(
                                out ->
                                        header(out, 3, METADATA_VERSION)
                                                .writeByte(0)
                                                .writeBytes(new byte[] {-127, 0}) // 1: no topics
                                                .writeBytes(new byte[] {0, 0, 0, 0})));

        assertThat(reaction).isInstanceOf(Reaction.Answered.class);
    }

    @Test
    void unknownTagsAreNoFault() {
        Reaction reaction =
                reactionTo(
                        frame(
                                out ->
                                        header(out, 3, METADATA_VERSION)
                                                .writeBytes(new byte[] {1, 99, 3, 'x', 'y', 'z'})
                                                .writeByte(1) // no topics
                                                .writeBytes(new byte[] {0, 0, 0})
                                                .writeBytes(new byte[] {1, 100, 1, 'x'})));

        assertThat(reaction).isInstanceOf(Reaction.Answered.class);
    }

    @Test
    void topicNamesThatAreNoNamesAreRefusedAndTouchNoFile() throws Exception {
        List<String> names =
                List.of(
                        "",
                        ".",
                        "..",
                        "../../etc",
                        "a/b",
                        "a\\b",
                        "a b",
                        "a\u0000b",
                        "ä",
                        "x".repeat(250));
        CreateTopicsRequest request = new CreateTopicsRequest();
        for (String name : names) {
            request.topics()
                    .add(
                            new CreateTopicsRequest.CreatableTopic()
                                    .name(name)
                                    .numPartitions(1)
                                    .replicationFactor((short) 1));
        }
        Watch.during(
                broker,
                () -> {
                    try (RawClient client = new RawClient(broker.port())) {
                        CreateTopicsResponse response = client.ask(request, (short) 5);

                        assertThat(response.topics())
                                .hasSameSizeAs(names)
                                .allSatisfy(
                                        topic ->
                                                assertThat(ErrorCode.forCode(topic.errorCode()))
                                                        .as(topic.name())
                                                        .isEqualTo(
                                                                ErrorCode.INVALID_TOPIC_EXCEPTION));
                    }
                });
    }

    @Test
    void impossiblePartitionCountsAndDuplicatesAreRefused() {
        CreateTopicsRequest request = new CreateTopicsRequest();
        for (int partitions : new int[] {0, -2, Integer.MIN_VALUE}) {
            request.topics()
                    .add(
                            new CreateTopicsRequest.CreatableTopic()
                                    .name("count" + request.topics().size())
                                    .numPartitions(partitions)
                                    .replicationFactor((short) 1));
        }
        request.topics()
                .add(
                        new CreateTopicsRequest.CreatableTopic()
                                .name("replicas")
                                .numPartitions(1)
                                .replicationFactor((short) 3));
        try (RawClient client = new RawClient(broker.port())) {
            CreateTopicsResponse response = client.ask(request, (short) 5);

            assertThat(response.topics())
                    .extracting(topic -> ErrorCode.forCode(topic.errorCode()))
                    .containsExactlyInAnyOrder(
                            ErrorCode.INVALID_PARTITIONS,
                            ErrorCode.INVALID_PARTITIONS,
                            ErrorCode.INVALID_PARTITIONS,
                            ErrorCode.INVALID_REPLICATION_FACTOR);
        }
    }

    @Test
    void manyUnknownTopicsInOneMetadataRequestAreAllAnswered() throws Exception {
        List<MetadataRequest.MetadataRequestTopic> topics = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            topics.add(new MetadataRequest.MetadataRequestTopic().name("no-such-topic-" + i));
        }
        Watch.during(
                broker,
                () -> {
                    try (RawClient client = new RawClient(broker.port())) {
                        MetadataResponse response =
                                client.ask(
                                        new MetadataRequest()
                                                .topics(topics)
                                                .allowAutoTopicCreation(false),
                                        METADATA_VERSION);

                        assertThat(response.topics())
                                .hasSize(topics.size())
                                .allMatch(
                                        topic ->
                                                topic.errorCode()
                                                        == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                                                                .code());
                    }
                });
    }

    @Test
    void groupRequestsWithoutSenseAreAnsweredWithTheirError() {
        awaitCoordinator("sense");
        try (RawClient client = new RawClient(broker.port())) {
            assertThat(join(client, new JoinGroupRequest().groupId("").sessionTimeoutMs(10_000)))
                    .isEqualTo(ErrorCode.INVALID_GROUP_ID);
            assertThat(join(client, goodJoin().sessionTimeoutMs(-1)))
                    .isEqualTo(ErrorCode.INVALID_SESSION_TIMEOUT);
            assertThat(join(client, goodJoin().sessionTimeoutMs(Integer.MAX_VALUE)))
                    .isEqualTo(ErrorCode.INVALID_SESSION_TIMEOUT);
            assertThat(join(client, goodJoin().memberId("nobody")))
                    .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
            assertThat(join(client, goodJoin().protocols(List.of())))
                    .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
        }
    }

    private static JoinGroupRequest goodJoin() {
        return new JoinGroupRequest()
                .groupId("sense")
                .sessionTimeoutMs(10_000)
                .rebalanceTimeoutMs(10_000)
                .protocolType("consumer")
                .protocols(
                        List.of(
                                new JoinGroupRequest.JoinGroupRequestProtocol()
                                        .name("range")
                                        .metadata(new byte[] {1, 2, 3})));
    }

    private static ErrorCode join(RawClient client, JoinGroupRequest request) {
        JoinGroupResponse response = client.ask(request, (short) 5);
        return ErrorCode.forCode(response.errorCode());
    }

    private static void awaitCoordinator(String group) {
        Awaitility.await()
                .atMost(java.time.Duration.ofSeconds(30))
                .until(
                        () -> {
                            try (RawClient client = new RawClient(broker.port())) {
                                FindCoordinatorResponse found =
                                        client.ask(
                                                new FindCoordinatorRequest().key(group), (short) 2);
                                return found.errorCode() == 0
                                        && join(client, goodJoin().memberId("x"))
                                                == ErrorCode.UNKNOWN_MEMBER_ID;
                            }
                        });
    }

    @Test
    void apiVersionsNeedsNothing() {
        try (RawClient client = new RawClient(broker.port())) {
            ApiVersionsResponse response = client.ask(new ApiVersionsRequest(), (short) 0);

            assertThat(response.errorCode()).isZero();
            assertThat(response.apiKeys()).isNotEmpty();
        }
    }
}
