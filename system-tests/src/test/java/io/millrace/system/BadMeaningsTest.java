package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.ListTransactionsRequest;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.millrace.protocol.message.OffsetCommitResponse;
import io.millrace.protocol.message.OffsetFetchRequest;
import io.millrace.protocol.message.OffsetFetchResponse;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.SaslAuthenticateRequest;
import io.millrace.protocol.message.SaslHandshakeRequest;
import io.millrace.system.RawClient.Reaction;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Requests that are well formed and mean something no broker of 128 MiB should do for a client. */
class BadMeaningsTest {
    private static final int PATIENCE_MS = 15_000;
    private static final int MANY = 100_000;
    private static final String TOPIC = "a".repeat(40);

    /** Exponential for those who try every way to match it. */
    private static final String CATASTROPHE = "(a+)+b|(a|aa)+c|(a*)*d";

    private static BrokerUnderTest broker;

    @BeforeAll
    static void start() {
        broker = BrokerUnderTest.start("128m");
        try (RawClient client = new RawClient(broker.port())) {
            client.ask(
                    new CreateTopicsRequest()
                            .topics(
                                    List.of(
                                            new CreateTopicsRequest.CreatableTopic()
                                                    .name(TOPIC)
                                                    .numPartitions(1)
                                                    .replicationFactor((short) 1))),
                    (short) 5);
            Awaitility.await()
                    .until(
                            () ->
                                    client.ask(new FindCoordinatorRequest().key("group"), (short) 2)
                                                            .errorCode()
                                                    == 0
                                            && fetchOffsets(client).errorCode() == 0);
        }
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static OffsetFetchResponse fetchOffsets(RawClient client) {
        return client.ask(new OffsetFetchRequest().groupId("group").topics(null), (short) 5);
    }

    @Test
    void offsetsForAHundredThousandPartitionsAreAnsweredOneByOne() throws Exception {
        List<OffsetCommitRequestPartition> partitions = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            partitions.add(new OffsetCommitRequestPartition().partitionIndex(i).committedOffset(i));
        }
        Watch.during(
                broker,
                () -> {
                    try (RawClient client = new RawClient(broker.port())) {
                        OffsetCommitResponse response =
                                client.ask(
                                        new OffsetCommitRequest()
                                                .groupId("group")
                                                .topics(
                                                        List.of(
                                                                new OffsetCommitRequestTopic()
                                                                        .name(TOPIC)
                                                                        .partitions(partitions))),
                                        (short) 8);

                        assertThat(response.topics().get(0).partitions())
                                .hasSize(MANY)
                                .filteredOn(partition -> partition.errorCode() == 0)
                                .hasSize(1);
                    }
                });
    }

    @Test
    void aSubscriptionOfTenMegabytesHarmsNobodyElse() throws Exception {
        JoinGroupRequest request =
                new JoinGroupRequest()
                        .groupId("large")
                        .sessionTimeoutMs(10_000)
                        .rebalanceTimeoutMs(10_000)
                        .protocolType("consumer")
                        .protocols(
                                List.of(
                                        new JoinGroupRequest.JoinGroupRequestProtocol()
                                                .name("range")
                                                .metadata(new byte[10 << 20])));
        Watch.during(
                broker,
                () -> {
                    for (int i = 0; i < 20; i++) {
                        try (RawClient client = new RawClient(broker.port())) {
                            JoinGroupResponse response = client.ask(request, (short) 4);

                            assertThat(response.errorCode()).isNotZero();
                        }
                    }
                });
    }

    @Test
    void aRegularExpressionThatExplodesIsMatchedInLinearTimeOrRefused() throws Exception {
        Watch.during(
                broker,
                () -> {
                    for (String regex : List.of(CATASTROPHE, "(", "(?=a)", "(.)\\1")) {
                        try (RawClient client = new RawClient(broker.port())) {
                            ConsumerGroupHeartbeatResponse response =
                                    client.ask(subscription(regex), (short) 1);

                            assertThat(ErrorCode.forCode(response.errorCode()))
                                    .as(regex)
                                    .isIn(ErrorCode.NONE, ErrorCode.INVALID_REGULAR_EXPRESSION);
                        }
                        try (RawClient client = new RawClient(broker.port())) {
                            assertThat(
                                            client.ask(
                                                    new ListTransactionsRequest()
                                                            .transactionalIdPattern(regex),
                                                    (short) 2))
                                    .isNotNull();
                        }
                    }
                });
    }

    private static ConsumerGroupHeartbeatRequest subscription(String regex) {
        return new ConsumerGroupHeartbeatRequest()
                .groupId("regex-" + UUID.randomUUID())
                .memberId(UUID.randomUUID().toString())
                .memberEpoch(0)
                .rebalanceTimeoutMs(10_000)
                .subscribedTopicRegex(regex)
                .topicPartitions(List.of());
    }

    @Test
    void requestsOfTheOldRecordFormatsAreRefused() throws Exception {
        Watch.during(
                broker,
                () -> {
                    for (short version = 0; version < 3; version++) {
                        assertRefused(new ProduceRequest().acks((short) 1), version);
                    }
                    for (short version = 0; version < 4; version++) {
                        assertRefused(new FetchRequest().replicaId(-1), version);
                    }
                });
    }

    private static void assertRefused(ApiRequest<?> request, short version) {
        try (RawClient client = new RawClient(broker.port())) {
            client.send(RawClient.frameOf(request, version));
            Reaction reaction = client.reaction(PATIENCE_MS);

            assertThat(reaction)
                    .as(request.apiKey() + " v" + version)
                    .isNotInstanceOf(Reaction.Silent.class);
        }
    }

    @Test
    void authenticationWhereThereIsNoneChangesNothing() throws Exception {
        Watch.during(
                broker,
                () -> {
                    try (RawClient client = new RawClient(broker.port())) {
                        assertThat(
                                        client.ask(
                                                        new SaslAuthenticateRequest()
                                                                .authBytes(new byte[100_000]),
                                                        (short) 2)
                                                .errorCode())
                                .isEqualTo(ErrorCode.ILLEGAL_SASL_STATE.code());
                        assertThat(
                                        client.ask(
                                                        new SaslHandshakeRequest()
                                                                .mechanism("SCRAM-SHA-256"),
                                                        (short) 0)
                                                .errorCode())
                                .isEqualTo(ErrorCode.ILLEGAL_SASL_STATE.code());
                        // After handshake v0 a client sends raw tokens: here they are no request.
                        byte[] token = new byte[] {0, 117, 0, 112, 0, 0, 0, 0, 0};
                        client.send(
                                ByteBuffer.allocate(4 + token.length)
                                        .putInt(token.length)
                                        .put(token)
                                        .array());
                        assertThat(client.reaction(PATIENCE_MS))
                                .isInstanceOf(Reaction.Closed.class);
                    }
                });
    }
}
