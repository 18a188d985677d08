package io.millrace.broker.network;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;
import io.millrace.protocol.net.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection, owned by its Netty loop: cuts frames, hands them to the {@link
 * RequestSink}, writes responses in request order, and stops reading when too much is in flight,
 * when the client does not read its responses, or while it is muted.
 */
public final class ClientConnection extends ChannelInboundHandlerAdapter implements RequestSource {
    /** Requests of one connection handled at the same time; more stay in the socket. */
    static final int MAX_PIPELINED_REQUESTS = 256;

    /** After the client has closed its side, how long its last responses may take. */
    private static final long HALF_CLOSE_GRACE_MS = 5_000;

    private static final Logger LOGGER = LoggerFactory.getLogger(ClientConnection.class);

    private final String listener;
    private final NetworkConfig config;
    private final InFlightBytes total;
    private final RequestSink requests;
    private final Clock clock;
    private final ResponseSequencer<OutgoingResponse> sequencer =
            new ResponseSequencer<>(this::write, this::requestDone);

    // Set in handlerAdded, before anything else of this class runs.
    @SuppressWarnings("NullAway.Init")
    private ChannelHandlerContext context;

    @SuppressWarnings("NullAway.Init")
    private RequestFrameDecoder decoder;

    private @Nullable Future<?> idleTimer;
    private ClientSoftware clientSoftware = ClientSoftware.UNKNOWN;
    private long bytesInFlight;
    private long lastActivityNanos;
    private boolean flushQueued;
    private boolean writtenSinceFlush;
    private boolean reading;
    private boolean waitingForTotal;
    private boolean muted;
    private boolean inputClosed;
    private boolean closed;
    private final List<Runnable> onGone = new ArrayList<>(0);

    ClientConnection(
            String listener,
            NetworkConfig config,
            InFlightBytes total,
            RequestSink requests,
            Clock clock) {
        this.listener = listener;
        this.config = config;
        this.total = total;
        this.requests = requests;
        this.clock = clock;
    }

    @Override
    public String listener() {
        return listener;
    }

    @Override
    public String clientHost() {
        return context.channel().remoteAddress() instanceof InetSocketAddress address
                ? "/" + address.getAddress().getHostAddress()
                : "/unknown";
    }

    @Override
    public int clientPort() {
        return context.channel().remoteAddress() instanceof InetSocketAddress address
                ? address.getPort()
                : 0;
    }

    @Override
    public void execute(Runnable event) {
        if (context.executor().inEventLoop()) {
            event.run();
        } else {
            post(event);
        }
    }

    @Override
    public void post(Runnable event) {
        try {
            context.executor().execute(event);
        } catch (RejectedExecutionException e) {
            // The server has stopped; the connection and whoever waited for the event are gone.
            LOGGER.atDebug().setCause(e).log("event for a stopped connection loop dropped");
        }
    }

    @Override
    public EventLoop.Timer schedule(long delayMs, Runnable event) {
        Future<?> timer = context.executor().schedule(event, delayMs, TimeUnit.MILLISECONDS);
        return () -> timer.cancel(false);
    }

    @Override
    public void whenGone(Runnable action) {
        execute(
                () -> {
                    if (closed) {
                        action.run();
                    } else {
                        onGone.add(action);
                    }
                });
    }

    @Override
    public boolean isGone() {
        return closed;
    }

    @Override
    public void handOn(
            RequestSink sink, ByteBuf frame, ResponseSequencer<OutgoingResponse>.Slot slot) {
        if (slot.abandoned()) {
            frame.release();
            return;
        }
        try {
            sink.onRequest(this, frame, slot);
        } catch (RuntimeException e) {
            exceptionCaught(context, e);
        }
    }

    @Override
    public ByteBufAllocator allocator() {
        return context.alloc();
    }

    @Override
    public void clientSoftware(ClientSoftware software) {
        clientSoftware = software;
    }

    @Override
    public ClientSoftware clientSoftware() {
        return clientSoftware;
    }

    /** Bounds frames before and after authentication. */
    public void maxFrameBytes(int bytes) {
        decoder.maxFrameBytes(bytes);
    }

    /**
     * Reads nothing more from this client for a while: the throttle of KIP-219. Responses still go
     * out.
     */
    public void mute(long ms) {
        if (ms <= 0 || closed) {
            return;
        }
        muted = true;
        updateReading();
        context.executor()
                .schedule(
                        () -> {
                            muted = false;
                            pump();
                        },
                        ms,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void close(String why) {
        if (closed) {
            return;
        }
        LOGGER.atInfo()
                .addKeyValue("client", context.channel().remoteAddress())
                .addKeyValue("software", clientSoftware)
                .addKeyValue("reason", why)
                .log("closing connection");
        closeNow();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        decoder = new RequestFrameDecoder(ctx.alloc(), config.maxFrameBytes());
        reading = true;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        lastActivityNanos = clock.nanos();
        armIdleTimer(config.maxIdleMs());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (closed) {
            bytes.release();
            return;
        }
        lastActivityNanos = clock.nanos();
        decoder.feed(bytes);
        pump();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        pump();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent && !inputClosed) {
            inputClosed = true;
            if (sequencer.pending() == 0) {
                closeAfterWrites();
            } else {
                ctx.executor().schedule(this::closeNow, HALF_CLOSE_GRACE_MS, TimeUnit.MILLISECONDS);
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closed = true;
        if (idleTimer != null) {
            idleTimer.cancel(false);
        }
        decoder.close();
        sequencer.abandon(OutgoingResponse::release);
        onGone.forEach(Runnable::run);
        onGone.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof MalformedFrameException) {
            close(String.valueOf(cause.getMessage()));
        } else if (cause instanceof IOException) {
            LOGGER.atDebug().setCause(cause).log("connection failed");
            closeNow();
        } else {
            LOGGER.atError()
                    .addKeyValue("client", ctx.channel().remoteAddress())
                    .setCause(cause)
                    .log("closing connection after an unexpected failure");
            closeNow();
        }
    }

    /** Hands on as many frames as may be in flight, then reads on or stops reading. */
    private void pump() {
        try {
            while (!closed && !isPaused()) {
                ByteBuf frame = decoder.next();
                if (frame == null) {
                    break;
                }
                int bytes = frame.readableBytes();
                bytesInFlight += bytes;
                total.add(bytes);
                requests.onRequest(this, frame, sequencer.open(bytes));
            }
            updateReading();
        } catch (RuntimeException e) {
            exceptionCaught(context, e);
        }
    }

    private boolean isPaused() {
        if (muted
                || sequencer.pending() >= MAX_PIPELINED_REQUESTS
                || bytesInFlight >= config.maxInFlightBytesPerConnection()
                || !context.channel().isWritable()) {
            return true;
        }
        if (!total.exhausted()) {
            return false;
        }
        if (!waitingForTotal) {
            waitingForTotal = true;
            // Never inline: the wait may be over before we return, in the middle of pump().
            total.whenFree(() -> context.executor().execute(this::totalIsFree));
        }
        return true;
    }

    private void totalIsFree() {
        waitingForTotal = false;
        pump();
    }

    private void updateReading() {
        boolean wanted = !closed && !isPaused();
        if (wanted != reading) {
            reading = wanted;
            context.channel().config().setAutoRead(wanted);
        }
    }

    private void requestDone(long bytes) {
        bytesInFlight -= bytes;
        total.release(bytes);
        if (closed) {
            return;
        }
        lastActivityNanos = clock.nanos();
        if (!reading) {
            context.executor().execute(this::pump);
        }
        if (inputClosed && sequencer.pending() == 0) {
            closeAfterWrites();
        }
    }

    private void write(OutgoingResponse response) {
        List<?> parts = response.parts();
        for (Object part : parts) {
            context.write(part, context.voidPromise());
        }
        writtenSinceFlush = true;
        if (!flushQueued) {
            flushQueued = true;
            // Behind the completions already queued on this loop: they share one system call.
            context.executor().execute(this::flushQueued);
        }
    }

    private void flushQueued() {
        flushQueued = false;
        flush();
    }

    private void flush() {
        if (writtenSinceFlush) {
            writtenSinceFlush = false;
            context.flush();
        }
    }

    private void armIdleTimer(long delayMs) {
        if (config.maxIdleMs() <= 0) {
            return;
        }
        idleTimer = context.executor().schedule(this::checkIdle, delayMs, TimeUnit.MILLISECONDS);
    }

    private void checkIdle() {
        long idleMs = (clock.nanos() - lastActivityNanos) / 1_000_000;
        if (sequencer.pending() == 0 && idleMs >= config.maxIdleMs()) {
            LOGGER.atDebug().addKeyValue("idleMs", idleMs).log("closing idle connection");
            closeNow();
            return;
        }
        armIdleTimer(Math.max(1, config.maxIdleMs() - Math.min(idleMs, config.maxIdleMs() - 1)));
    }

    private void closeAfterWrites() {
        Channel channel = context.channel();
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    private void closeNow() {
        if (!closed) {
            closed = true;
            context.close();
        }
    }
}
