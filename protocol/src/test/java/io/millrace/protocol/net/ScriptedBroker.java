package io.millrace.protocol.net;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.RequestHeader;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A server on a free port that answers as a test says. */
final class ScriptedBroker implements AutoCloseable {

    /** Answers one request; the body is released afterwards. */
    interface Script {
        void onRequest(ChannelHandlerContext ctx, RequestHeader header, ByteBuf body);
    }

    final Queue<RequestHeader> seen = new ConcurrentLinkedQueue<>();
    private final EventLoopGroup threads;
    private final Channel server;

    ScriptedBroker(Transport transport, Script script) {
        threads = transport.newGroup("scripted-broker", 1);
        server =
                new ServerBootstrap()
                        .group(threads)
                        .channel(transport.serverSocket())
                        .childHandler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline()
                                                .addLast(
                                                        FrameDecoder.pooled(1 << 20),
                                                        FrameEncoder.INSTANCE,
                                                        new Requests(script));
                                    }
                                })
                        .bind("127.0.0.1", 0)
                        .syncUninterruptibly()
                        .channel();
    }

    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** The usual answer to ApiVersions: everything we know. */
    static ApiVersionsResponse allVersions() {
        ApiVersionsResponse response = new ApiVersionsResponse();
        for (ApiKey key : ApiKey.values()) {
            response.apiKeys()
                    .add(
                            new ApiVersionsResponse.ApiVersion()
                                    .apiKey(key.id())
                                    .minVersion(key.minVersion())
                                    .maxVersion(key.maxVersion()));
        }
        return response;
    }

    static void answer(
            ChannelHandlerContext ctx,
            RequestHeader header,
            io.millrace.protocol.message.ApiResponse body) {
        ctx.writeAndFlush(
                Frames.response(
                        ctx.alloc(), body, header.requestApiVersion(), header.correlationId()));
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        threads.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS);
    }

    private final class Requests extends ChannelInboundHandlerAdapter {
        private final Script script;

        Requests(Script script) {
            this.script = script;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf frame = (ByteBuf) message;
            try {
                RequestHeader header = Frames.readRequestHeader(frame);
                seen.add(header);
                script.onRequest(ctx, header, frame);
            } finally {
                frame.release();
            }
        }
    }
}
