package io.millrace.clients.cluster;

import io.millrace.clients.RetriableClientException;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.concurrent.CompletableFuture;

/** Opens links over TCP on the client's loop. */
public final class NettyLinks implements Link.Factory {
    private static final int MIN_READ_BYTES = 1 << 10;
    private static final int FIRST_READ_BYTES = 16 << 10;
    private static final int MAX_READ_BYTES = 256 << 10;

    /** Told to brokers, which show it to operators. */
    private static final String SOFTWARE_VERSION = "0.1.0";

    private final NettyLoop loop;
    private final String clientId;

    public NettyLinks(NettyLoop loop, String clientId) {
        this.loop = loop;
        this.clientId = clientId;
    }

    @Override
    public CompletableFuture<Link> connect(HostPort address, int timeoutMs) {
        NettyLink link = new NettyLink(loop, clientId, SOFTWARE_VERSION);
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop.netty())
                        .channel(NioSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(ChannelOption.SO_KEEPALIVE, true)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.max(1, timeoutMs))
                        .option(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new AdaptiveRecvByteBufAllocator(
                                        MIN_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES))
                        .handler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        channel.pipeline().addLast(new FrameReader(), link);
                                    }
                                });
        ChannelFuture connecting = bootstrap.connect(address.host(), address.port());
        connecting.addListener(
                done -> {
                    if (!done.isSuccess()) {
                        link.ready()
                                .completeExceptionally(
                                        new RetriableClientException(
                                                String.valueOf(done.cause().getMessage()),
                                                done.cause()));
                    }
                });
        return link.ready();
    }
}
