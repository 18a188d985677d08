package io.millrace.protocol.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.time.SystemClock;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.ListGroupsRequest;
import io.millrace.protocol.message.ListGroupsResponse;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.MetadataResponse;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.UnsupportedVersionException;
import io.millrace.protocol.record.BufferRecords;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.EventLoopGroup;
import io.netty.util.ReferenceCounted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConnectionTest {
    private static final ScriptedBroker.Script SILENT = (ctx, header, body) -> {};

    private final Transport transport = Transport.best();
    private final EventLoopGroup threads = transport.newGroup("connection-test", 1);

    @AfterEach
    void stopThreads() {
        threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private CompletableFuture<Connection> connect(ScriptedBroker broker, int requestTimeoutMs) {
        ConnectionConfig config =
                ConnectionConfig.named("tester").withRequestTimeoutMs(requestTimeoutMs);
        return new ConnectionFactory(threads, transport, SystemClock.INSTANCE, config)
                .connect("127.0.0.1", broker.port());
    }

    /** Answers ApiVersions with everything, and leaves the rest to the script. */
    private static ScriptedBroker.Script afterVersions(ScriptedBroker.Script rest) {
        return (ctx, header, body) -> {
            if (header.requestApiKey() == ApiKey.API_VERSIONS.id()) {
                ScriptedBroker.answer(ctx, header, ScriptedBroker.allVersions());
            } else {
                rest.onRequest(ctx, header, body);
            }
        };
    }

    private static void answerMetadata(
            ChannelHandlerContext ctx,
            io.millrace.protocol.message.RequestHeader header,
            ByteBuf body) {
        MetadataRequest request = MetadataRequest.read(body, header.requestApiVersion());
        MetadataResponse response = new MetadataResponse();
        response.topics()
                .add(
                        new MetadataResponse.MetadataResponseTopic()
                                .name(request.topics().get(0).name()));
        ScriptedBroker.answer(ctx, header, response);
    }

    private static MetadataRequest metadataOf(String topic) {
        return new MetadataRequest()
                .topics(List.of(new MetadataRequest.MetadataRequestTopic().name(topic)));
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void pipelinedRequestsAreAnsweredInOrder(Transport each) {
        if (each == Transport.EPOLL && Transport.best() != Transport.EPOLL) {
            return;
        }
        EventLoopGroup group = each.newGroup("pipelining", 1);
        try (ScriptedBroker broker =
                        new ScriptedBroker(each, afterVersions(ConnectionTest::answerMetadata));
                Connection connection =
                        new ConnectionFactory(
                                        group,
                                        each,
                                        SystemClock.INSTANCE,
                                        ConnectionConfig.named("tester"))
                                .connect("127.0.0.1", broker.port())
                                .join()) {
            List<CompletableFuture<MetadataResponse>> answers = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                answers.add(connection.send(metadataOf("topic-" + i)));
            }

            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).join().topics().get(0).name()).isEqualTo("topic-" + i);
            }
            assertThat(connection.inFlight()).isZero();
            assertThat(broker.seen).allMatch(header -> "tester".equals(header.clientId()));
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    @Test
    void aBrokerThatRefusesTheApiVersionsVersionIsAskedAgainInOneItKnows() {
        try (ScriptedBroker broker =
                        new ScriptedBroker(
                                transport,
                                (ctx, header, body) -> {
                                    if (header.requestApiVersion() > 1) {
                                        refuseVersion(ctx, header.correlationId());
                                    } else {
                                        ScriptedBroker.answer(
                                                ctx, header, ScriptedBroker.allVersions());
                                    }
                                });
                Connection connection = connect(broker, 5_000).join()) {
            assertThat(broker.seen)
                    .extracting(header -> (int) header.requestApiVersion())
                    .containsExactly(4, 1);
            assertThat(connection.versions().best(ApiKey.FETCH)).isEqualTo((short) 18);
        }
    }

    private static void refuseVersion(ChannelHandlerContext ctx, int correlationId) {
        ApiVersionsResponse refusal =
                new ApiVersionsResponse().errorCode(ErrorCode.UNSUPPORTED_VERSION.code());
        refusal.apiKeys()
                .add(
                        new ApiVersionsResponse.ApiVersion()
                                .apiKey(ApiKey.API_VERSIONS.id())
                                .maxVersion((short) 1));
        ctx.writeAndFlush(Frames.response(ctx.alloc(), refusal, (short) 0, correlationId));
    }

    @Test
    void aRequestWithoutAnAnswerTimesOutAndTakesTheOthersWithIt() {
        try (ScriptedBroker broker = new ScriptedBroker(transport, afterVersions(SILENT));
                Connection connection = connect(broker, 5_000).join()) {
            CompletableFuture<ListGroupsResponse> patient =
                    connection.send(new ListGroupsRequest());
            CompletableFuture<ListGroupsResponse> hasty =
                    connection.send(new ListGroupsRequest(), (short) 4, 50);

            assertFailsWith(hasty, ErrorCode.REQUEST_TIMED_OUT, "did not answer ListGroups v4 #3");
            assertFailsWith(patient, ErrorCode.NETWORK_EXCEPTION, "before ListGroups v5 #2");
            connection.closed().join();
            assertThat(connection.isOpen()).isFalse();
        }
    }

    private static void assertFailsWith(CompletableFuture<?> future, ErrorCode error, String text) {
        assertThatThrownBy(future::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        ApiException.class, failure -> assertThat(failure.error()).isEqualTo(error))
                .hasMessageContaining(text);
    }

    @Test
    void everythingPendingFailsWhenTheBrokerHangsUp() {
        try (ScriptedBroker broker =
                        new ScriptedBroker(
                                transport, afterVersions((ctx, header, body) -> ctx.close()));
                Connection connection = connect(broker, 5_000).join()) {
            CompletableFuture<ListGroupsResponse> answer = connection.send(new ListGroupsRequest());

            assertFailsWith(answer, ErrorCode.NETWORK_EXCEPTION, "127.0.0.1:" + broker.port());
            assertFailsWith(
                    connection.send(new ListGroupsRequest()),
                    ErrorCode.NETWORK_EXCEPTION,
                    "is closed");
        }
    }

    @Test
    void closingFailsWhatIsPending() {
        try (ScriptedBroker broker = new ScriptedBroker(transport, afterVersions(SILENT))) {
            Connection connection = connect(broker, 5_000).join();
            CompletableFuture<ListGroupsResponse> answer = connection.send(new ListGroupsRequest());

            connection.close();

            assertFailsWith(answer, ErrorCode.NETWORK_EXCEPTION, "was closed before");
        }
    }

    @Test
    void anAnswerToAnotherRequestBreaksTheConnection() {
        try (ScriptedBroker broker =
                        new ScriptedBroker(
                                transport,
                                afterVersions(
                                        (ctx, header, body) ->
                                                ScriptedBroker.answer(
                                                        ctx,
                                                        header.correlationId(77),
                                                        new ListGroupsResponse())));
                Connection connection = connect(broker, 5_000).join()) {
            assertFailsWith(
                    connection.send(new ListGroupsRequest()),
                    ErrorCode.NETWORK_EXCEPTION,
                    "response #77 where ListGroups v5 #2 was next");
        }
    }

    @Test
    void produceWithoutAcksCompletesWithoutAnAnswerAndReleasesItsRecords() {
        try (ScriptedBroker broker = new ScriptedBroker(transport, afterVersions(SILENT));
                Connection connection = connect(broker, 5_000).join()) {
            ByteBuf batch = Unpooled.directBuffer().writeZero(1000);

            connection.send(produce((short) 0, batch), (short) 9).join();

            assertThat(batch.refCnt()).isEqualTo(1);
            assertThat(connection.inFlight()).isZero();
            batch.release();
        }
    }

    private static ProduceRequest produce(short acks, ByteBuf batch) {
        return new ProduceRequest()
                .acks(acks)
                .topicData(
                        List.of(
                                new ProduceRequest.TopicProduceData()
                                        .name("orders")
                                        .partitionData(
                                                List.of(
                                                        new ProduceRequest.PartitionProduceData()
                                                                .records(
                                                                        new BufferRecords(
                                                                                batch))))));
    }

    @Test
    void fetchedRecordsComeFromAFileAndMayBeKept(@TempDir Path folder) throws IOException {
        byte[] batch = new byte[300_000];
        java.util.Arrays.fill(batch, (byte) 7);
        Path file = Files.write(folder.resolve("segment.log"), batch);
        ScriptedBroker.Script fetch =
                afterVersions(
                        (ctx, header, body) -> {
                            FetchResponse response = new FetchResponse();
                            response.responses()
                                    .add(
                                            new FetchResponse.FetchableTopicResponse()
                                                    .partitions(
                                                            List.of(
                                                                    partition(file, batch.length),
                                                                    partition(
                                                                            file, batch.length))));
                            ScriptedBroker.answer(ctx, header, response);
                        });
        try (ScriptedBroker broker = new ScriptedBroker(transport, fetch);
                Connection connection = connect(broker, 5_000).join()) {
            FetchResponse response = connection.send(new FetchRequest()).join();

            Stream<byte[]> received =
                    response.responses().get(0).partitions().stream()
                            .map(partition -> ((BufferRecords) partition.records()).buffer())
                            .map(ByteBufUtil::getBytes);
            assertThat(received).containsExactly(batch, batch);
        }
    }

    private static FetchResponse.PartitionData partition(Path file, int bytes) {
        return new FetchResponse.PartitionData()
                .records(
                        new io.millrace.protocol.record.Records() {
                            @Override
                            public int sizeInBytes() {
                                return bytes;
                            }

                            @Override
                            public ReferenceCounted outbound() {
                                return new DefaultFileRegion(file.toFile(), 0, bytes);
                            }
                        });
    }

    @Test
    void aBrokerThatCannotBeReachedIsNamed() {
        ScriptedBroker broker = new ScriptedBroker(transport, SILENT);
        int port = broker.port();
        broker.close();
        ConnectionFactory factory =
                new ConnectionFactory(
                        threads, transport, SystemClock.INSTANCE, ConnectionConfig.named("tester"));

        assertFailsWith(
                factory.connect("127.0.0.1", port),
                ErrorCode.NETWORK_EXCEPTION,
                "cannot connect to 127.0.0.1:" + port);
    }

    @Test
    void anApiThatTheBrokerLacksIsRefusedByName() {
        ApiVersionsResponse old = new ApiVersionsResponse();
        old.apiKeys()
                .add(
                        new ApiVersionsResponse.ApiVersion()
                                .apiKey(ApiKey.FETCH.id())
                                .minVersion((short) 90)
                                .maxVersion((short) 99));
        ServedVersions versions = ServedVersions.of("old:9092", old);

        assertThatThrownBy(() -> versions.best(ApiKey.LIST_GROUPS))
                .isInstanceOf(UnsupportedVersionException.class)
                .hasMessage("old:9092 does not serve ListGroups");
        assertThatThrownBy(() -> versions.best(ApiKey.FETCH))
                .hasMessage("old:9092 serves Fetch 90-99, this side speaks 0-18");
        assertThat(versions.supports(ApiKey.FETCH)).isFalse();
        assertThat(versions.supports(ApiKey.FETCH, 95)).isTrue();
    }
}
