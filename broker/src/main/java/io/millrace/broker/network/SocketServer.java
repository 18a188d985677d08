package io.millrace.broker.network;

import io.millrace.base.time.Clock;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The broker's listening sockets and the loops that serve their connections: epoll where it is
 * available, NIO elsewhere. Accepting and serving share the loops.
 */
public final class SocketServer implements AutoCloseable {
    private static final int BACKLOG = 512;

    /** Unsent response bytes at which a connection is no longer read, and read again. */
    private static final WriteBufferWaterMark WRITE_WATERMARK =
            new WriteBufferWaterMark(256 * 1024, 1024 * 1024);

    private static final int MIN_READ_BYTES = 1024;
    private static final int FIRST_READ_BYTES = 16 * 1024;
    private static final int MAX_READ_BYTES = 512 * 1024;

    /** 8 KiB pages, 4 MiB chunks: two arenas hold what a busy broker has in flight. */
    private static final int PAGE_BYTES = 8192;

    private static final int CHUNK_ORDER = 9;

    static {
        // Netty would tell the JVM's flight recorder of each buffer, and load the recorder for that
        // while the first client waits.
        if (System.getProperty("io.netty.jfr.enabled") == null) {
            System.setProperty("io.netty.jfr.enabled", "false");
        }
    }

    private final NetworkConfig config;
    private final Clock clock;
    private final RequestSink requests;
    private final EventLoopGroup loops;
    private final PooledByteBufAllocator allocator;
    private final InFlightBytes inFlight;
    private final OpenConnections connections;
    private final List<Channel> listening = new ArrayList<>();

    public SocketServer(NetworkConfig config, RequestSink requests, Clock clock) {
        this.config = config;
        this.requests = requests;
        this.clock = clock;
        this.connections = new OpenConnections(config.connections());
        this.inFlight = new InFlightBytes(config.maxInFlightBytes());
        this.loops =
                new MultiThreadIoEventLoopGroup(
                        config.threads(), new DefaultThreadFactory("network"), ioFactory());
        this.allocator =
                new PooledByteBufAllocator(
                        true,
                        0,
                        Math.min(2, config.threads()),
                        PAGE_BYTES,
                        CHUNK_ORDER,
                        PooledByteBufAllocator.defaultSmallCacheSize(),
                        PooledByteBufAllocator.defaultNormalCacheSize(),
                        false);
    }

    /**
     * Listens on one address; port 0 takes a free one.
     *
     * @param listener name shown to handlers
     * @return the address bound
     * @throws java.io.UncheckedIOException if the address cannot be bound
     */
    public InetSocketAddress listen(String listener, InetSocketAddress address) {
        ServerBootstrap bootstrap = new ServerBootstrap();
        bootstrap
                .group(loops)
                .channel(serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_WATERMARK)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(
                                MIN_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES))
                .childHandler(
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                accept(listener, channel);
                            }
                        });
        if (config.sendBufferBytes() > 0) {
            bootstrap.childOption(ChannelOption.SO_SNDBUF, config.sendBufferBytes());
        }
        if (config.receiveBufferBytes() > 0) {
            bootstrap.childOption(ChannelOption.SO_RCVBUF, config.receiveBufferBytes());
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new java.io.UncheckedIOException(
                    new java.io.IOException(
                            "listener "
                                    + listener
                                    + ": cannot listen on "
                                    + address
                                    + ": "
                                    + bound.cause().getMessage()
                                    + "; choose another port or stop who uses it",
                            bound.cause()));
        }
        listening.add(bound.channel());
        return (InetSocketAddress) bound.channel().localAddress();
    }

    /** Connections open now. */
    public int connectionCount() {
        return connections.count();
    }

    /** From now on these limits hold for new connections. From any thread. */
    public void limits(ConnectionLimits changed) {
        connections.limits(changed);
    }

    /** Takes no more connections; those open go on. */
    public void stopAccepting() {
        listening.forEach(channel -> channel.close().awaitUninterruptibly());
        listening.clear();
    }

    @Override
    public void close() {
        stopAccepting();
        connections.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void accept(String listener, Channel channel) {
        if (connections.admit(channel)) {
            channel.pipeline()
                    .addLast(new ClientConnection(listener, config, inFlight, requests, clock));
        }
    }

    private static IoHandlerFactory ioFactory() {
        return Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    }

    private static Class<? extends ServerChannel> serverChannel() {
        return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }
}
