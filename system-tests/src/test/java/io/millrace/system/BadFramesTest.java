package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.ListGroupsRequest;
import io.millrace.protocol.message.ListGroupsResponse;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.system.RawClient.Reaction;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Bytes that are no requests, to a broker with 128 MiB of heap that serves others meanwhile. */
class BadFramesTest {
    private static final int PATIENCE_MS = 10_000;

    private static BrokerUnderTest broker;

    @BeforeAll
    static void start() {
        broker = BrokerUnderTest.start("128m");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static Reaction reactionTo(byte[] bytes) {
        try (RawClient client = new RawClient(broker.port())) {
            client.send(bytes);
            return client.reaction(PATIENCE_MS);
        }
    }

    private static byte[] ints(int... values) {
        ByteBuf buffer = Unpooled.buffer();
        Arrays.stream(values).forEach(buffer::writeInt);
        return ByteBufUtil.getBytes(buffer);
    }

    private static void assertClosedAfter(String what, byte[] bytes) {
        assertThat(reactionTo(bytes)).as(what).isInstanceOf(Reaction.Closed.class);
    }

    @Test
    void impossibleLengthsCloseTheConnection() throws Exception {
        Watch.during(
                broker,
                () -> {
                    for (int length :
                            new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 100 << 20 | 1}) {
                        assertClosedAfter("length " + length, ints(length, 0, 0, 0));
                    }
                    assertClosedAfter("length 0", ints(0));
                    assertClosedAfter("length 3", Arrays.copyOf(ints(3, 0), 7));
                });
    }

    @Test
    void anAnnouncedLengthCostsNoMemory() throws Exception {
        assumeFalse(BrokerUnderTest.isApache(), "Apache Kafka dies of it");
        List<RawClient> clients = new ArrayList<>();
        Watch.during(
                broker,
                () -> {
                    try {
                        for (int i = 0; i < 300; i++) {
                            RawClient client = new RawClient(broker.port());
                            client.send(ints(90 << 20, 0x00000000));
                            clients.add(client);
                        }
                    } finally {
                        clients.forEach(RawClient::close);
                    }
                });
    }

    @Test
    void otherProtocolsAreShownTheDoor() throws Exception {
        Watch.during(
                broker,
                () -> {
                    assertClosedAfter(
                            "HTTP",
                            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
                    assertClosedAfter(
                            "TLS",
                            new byte[] {
                                22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3, 1, 2, 3, 4, 5, 6, 7
                            });
                    assertClosedAfter(
                            "text", "quit\r\nquit\r\nquit\r\n".getBytes(StandardCharsets.US_ASCII));
                });
    }

    @Test
    void noiseIsClosedOnOrAnsweredWithAnErrorButNeverHurts() throws Exception {
        Random random = new Random(42);
        Watch.during(
                broker,
                () -> {
                    for (int i = 0; i < 300; i++) {
                        byte[] noise = new byte[4 + random.nextInt(200)];
                        random.nextBytes(noise);
                        // A length that fits, so that what follows is looked at.
                        System.arraycopy(ints(noise.length - 4), 0, noise, 0, 4);
                        assertThat(reactionTo(noise)).isNotInstanceOf(Reaction.Silent.class);
                    }
                });
    }

    @Test
    void everyRequestCutAtEveryByteIsRefused() throws Exception {
        ApiVersionsResponse served;
        try (RawClient client = new RawClient(broker.port())) {
            served = client.ask(new ApiVersionsRequest(), (short) 0);
        }
        Watch.during(
                broker,
                () -> {
                    for (ApiVersionsResponse.ApiVersion api : served.apiKeys()) {
                        ApiKey key = ApiKey.forId(api.apiKey()).orElse(null);
                        if (key == null || !key.supports(api.maxVersion())) {
                            continue;
                        }
                        byte[] whole = RawClient.frameOf(emptyRequest(key), api.maxVersion());
                        for (int length = 0; length < whole.length - 4; length++) {
                            byte[] cut = Arrays.copyOf(whole, length + 4);
                            System.arraycopy(ints(length), 0, cut, 0, 4);
                            assertThat(reactionTo(cut))
                                    .as("%s v%d cut to %d bytes", key, api.maxVersion(), length)
                                    .isNotInstanceOf(Reaction.Silent.class);
                        }
                    }
                });
    }

    private static ApiRequest<?> emptyRequest(ApiKey key) throws ReflectiveOperationException {
        return (ApiRequest<?>)
                Class.forName(ApiKey.class.getPackageName() + "." + key.schemaName() + "Request")
                        .getConstructor()
                        .newInstance();
    }

    @Test
    void aConnectionThatStopsInTheMiddleOfAFrameLeavesNothingBehind() throws Exception {
        byte[] whole = RawClient.frameOf(new MetadataRequest().topics(null), (short) 9);
        Watch.during(
                broker,
                () -> {
                    for (int length = 1; length < whole.length; length++) {
                        try (RawClient client = new RawClient(broker.port())) {
                            client.send(Arrays.copyOf(whole, length));
                        }
                    }
                });
    }

    @Test
    void aResetConnectionDoesNotDisturbOthers() throws Exception {
        byte[] whole = RawClient.frameOf(new MetadataRequest().topics(null), (short) 9);
        Watch.during(
                broker,
                () -> {
                    for (int i = 0; i < 100; i++) {
                        try (RawClient client = new RawClient(broker.port())) {
                            client.send(whole);
                            client.send(Arrays.copyOf(whole, 6));
                            client.socket().setSoLinger(true, 0);
                        }
                    }
                });
    }

    @Test
    void aClientThatStopsSendingStillGetsItsAnswerOrAnEnd() throws Exception {
        byte[] whole = RawClient.frameOf(new MetadataRequest().topics(null), (short) 9);
        Watch.during(
                broker,
                () -> {
                    for (int length : new int[] {0, 2, 4, 10, whole.length}) {
                        try (RawClient client = new RawClient(broker.port())) {
                            client.send(Arrays.copyOf(whole, length));
                            client.socket().shutdownOutput();
                            assertThat(client.reaction(PATIENCE_MS))
                                    .as("half-closed after %d bytes", length)
                                    .isNotInstanceOf(Reaction.Silent.class);
                        }
                    }
                });
    }

    @Test
    void aFrameInSingleBytesIsAnsweredLikeAnyOther() {
        byte[] whole = RawClient.frameOf(new MetadataRequest().topics(null), (short) 9);
        try (RawClient client = new RawClient(broker.port())) {
            for (byte one : whole) {
                client.send(new byte[] {one});
            }
            assertThat(client.reaction(PATIENCE_MS)).isInstanceOf(Reaction.Answered.class);
        }
    }

    @Test
    void thousandsOfRequestsWhoseAnswersNobodyReadsAreHeldBackAndThenAllAnswered()
            throws Exception {
        int requests = 10_000;
        byte[] frame = RawClient.frameOf(new ListGroupsRequest(), (short) 4);
        Watch.during(
                broker,
                () -> {
                    try (RawClient client = new RawClient(broker.port())) {
                        Thread sender =
                                new Thread(
                                        () -> {
                                            for (int i = 0; i < requests; i++) {
                                                client.send(frame);
                                            }
                                        });
                        sender.start();
                        for (int i = 0; i < requests; i++) {
                            ListGroupsResponse answer =
                                    client.answer(ApiKey.LIST_GROUPS, (short) 4);
                            assertThat(answer.groups()).isNotNull();
                        }
                        sender.join();
                    }
                });
    }
}
