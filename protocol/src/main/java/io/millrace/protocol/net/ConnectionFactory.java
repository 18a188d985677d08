package io.millrace.protocol.net;

import io.millrace.base.time.Clock;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import java.util.concurrent.CompletableFuture;

/**
 * Opens connections to brokers and settles with each which versions to speak. Safe from any thread.
 * The network threads belong to the caller, who may share them among factories.
 */
public final class ConnectionFactory {
    /** How clients name themselves when they ask for versions. */
    public static final String SOFTWARE_NAME = "millrace-java";

    public static final String SOFTWARE_VERSION = "0.1";

    private static final int SMALLEST_READ_BYTES = 2048;
    private static final int FIRST_READ_BYTES = 16 * 1024;
    private static final int LARGEST_READ_BYTES = 512 * 1024;

    /** ApiVersions is asked twice at most, so requests proper start at number 2. */
    private static final int FIRST_CORRELATION_ID = 2;

    private final EventLoopGroup threads;
    private final Transport transport;
    private final Clock clock;
    private final ConnectionConfig config;
    private final String softwareName;

    /**
     * @param threads made by {@link Transport#newGroup} of the same transport
     */
    public ConnectionFactory(
            EventLoopGroup threads, Transport transport, Clock clock, ConnectionConfig config) {
        this(threads, transport, clock, config, SOFTWARE_NAME);
    }

    /**
     * @param threads made by {@link Transport#newGroup} of the same transport
     * @param softwareName what this side says it is (KIP-511)
     */
    public ConnectionFactory(
            EventLoopGroup threads,
            Transport transport,
            Clock clock,
            ConnectionConfig config,
            String softwareName) {
        this.softwareName = softwareName;
        this.threads = threads;
        this.transport = transport;
        this.clock = clock;
        this.config = config;
    }

    /**
     * Connects and asks for the broker's versions. Fails with an {@link ApiException} of {@link
     * ErrorCode#NETWORK_EXCEPTION} that names the address.
     */
    public CompletableFuture<Connection> connect(String host, int port) {
        String broker = host + ":" + port;
        PendingRequests pending = new PendingRequests(broker, clock);
        CompletableFuture<Connection> opened = new CompletableFuture<>();
        bootstrap(pending)
                .connect(host, port)
                .addListener(
                        (io.netty.channel.ChannelFuture connected) -> {
                            if (connected.isSuccess()) {
                                negotiate(connected.channel(), pending, opened);
                            } else {
                                opened.completeExceptionally(
                                        new ApiException(
                                                ErrorCode.NETWORK_EXCEPTION,
                                                "cannot connect to "
                                                        + broker
                                                        + ": "
                                                        + connected.cause().getMessage(),
                                                connected.cause()));
                            }
                        });
        return opened;
    }

    private Bootstrap bootstrap(PendingRequests pending) {
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(threads)
                        .channel(transport.socket())
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(ChannelOption.SO_KEEPALIVE, true)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, config.connectTimeoutMs())
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new AdaptiveRecvByteBufAllocator(
                                        SMALLEST_READ_BYTES, FIRST_READ_BYTES, LARGEST_READ_BYTES))
                        .handler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        channel.pipeline()
                                                .addLast(
                                                        FrameDecoder.onHeap(
                                                                config.maxResponseBytes()),
                                                        FrameEncoder.INSTANCE,
                                                        pending);
                                    }
                                });
        if (config.sendBufferBytes() > 0) {
            bootstrap.option(ChannelOption.SO_SNDBUF, config.sendBufferBytes());
        }
        if (config.receiveBufferBytes() > 0) {
            bootstrap.option(ChannelOption.SO_RCVBUF, config.receiveBufferBytes());
        }
        return bootstrap;
    }

    private void negotiate(
            Channel channel, PendingRequests pending, CompletableFuture<Connection> opened) {
        askVersions(channel, pending, ApiKey.API_VERSIONS.maxVersion(), 0)
                .thenCompose(
                        answer ->
                                answer.errorCode() == ErrorCode.UNSUPPORTED_VERSION.code()
                                        ? askVersions(channel, pending, fallback(answer), 1)
                                        : CompletableFuture.completedFuture(answer))
                .whenComplete(
                        (answer, failure) -> {
                            if (failure != null) {
                                channel.close();
                                opened.completeExceptionally(failure);
                            } else if (answer.errorCode() != ErrorCode.NONE.code()) {
                                channel.close();
                                opened.completeExceptionally(refused(pending, answer));
                            } else {
                                opened.complete(connection(channel, pending, answer));
                            }
                        });
    }

    private Connection connection(
            Channel channel, PendingRequests pending, ApiVersionsResponse answer) {
        return new Connection(
                channel,
                config,
                pending,
                ServedVersions.of(pending.broker(), answer),
                FIRST_CORRELATION_ID);
    }

    private static ApiException refused(PendingRequests pending, ApiVersionsResponse answer) {
        ErrorCode error = ErrorCode.forCode(answer.errorCode());
        return new ApiException(
                error, pending.broker() + " refuses ApiVersions: " + error.message());
    }

    /** The version that the broker names for ApiVersions, or 0, which every broker has. */
    private static short fallback(ApiVersionsResponse refusal) {
        for (ApiVersionsResponse.ApiVersion served : refusal.apiKeys()) {
            if (served.apiKey() == ApiKey.API_VERSIONS.id()) {
                return (short) Math.min(served.maxVersion(), ApiKey.API_VERSIONS.maxVersion());
            }
        }
        return 0;
    }

    private CompletableFuture<ApiVersionsResponse> askVersions(
            Channel channel, PendingRequests pending, short version, int correlationId) {
        ApiVersionsRequest request = new ApiVersionsRequest();
        if (version >= 3) {
            request.clientSoftwareName(softwareName).clientSoftwareVersion(SOFTWARE_VERSION);
        }
        PendingRequest<ApiVersionsResponse> sent =
                new PendingRequest<>(
                        ApiKey.API_VERSIONS, version, correlationId, config.requestTimeoutMs());
        pending.send(
                Frames.request(
                        channel.alloc(),
                        request,
                        version,
                        correlationId,
                        config.clientIdOnWire().orElse(null)),
                sent);
        return sent.future();
    }
}
