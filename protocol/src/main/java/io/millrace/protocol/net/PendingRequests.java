package io.millrace.protocol.net;

import io.millrace.base.time.Clock;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.message.ResponseHeader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Requests of one connection that were sent and not answered, in the order in which they were sent;
 * responses come in that order too. The last handler of the connection; everything but {@link
 * #count} belongs to the connection's loop.
 */
final class PendingRequests extends ChannelInboundHandlerAdapter {
    private final String broker;
    private final Clock clock;
    private final ArrayDeque<PendingRequest<?>> requests = new ArrayDeque<>();
    private volatile int count;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Throwable closeCause;
    private @Nullable ScheduledFuture<?> timeoutTimer;
    private long timerDeadlineNanos;
    private boolean flushScheduled;

    PendingRequests(String broker, Clock clock) {
        this.broker = broker;
        this.clock = clock;
    }

    String broker() {
        return broker;
    }

    Clock clock() {
        return clock;
    }

    int count() {
        return count;
    }

    void send(MessageSink frame, PendingRequest<?> request) {
        ChannelHandlerContext ctx = openContext();
        if (ctx == null) {
            frame.release();
            request.fail(disconnected("is closed"));
            return;
        }
        request.deadlineNanos(clock.nanos() + TimeUnit.MILLISECONDS.toNanos(request.timeoutMs()));
        requests.add(request);
        count = requests.size();
        armTimer(ctx, request.deadlineNanos());
        ctx.write(frame)
                .addListener(
                        written -> {
                            // A closed channel tells through channelInactive.
                            if (!written.isSuccess()
                                    && !(written.cause() instanceof ClosedChannelException)) {
                                close(ctx, written.cause());
                            }
                        });
        flushSoon(ctx);
    }

    /** The broker answers nothing: done when the bytes are with the system. */
    void sendUnanswered(MessageSink frame, PendingRequest<?> request, ApiResponse stand) {
        ChannelHandlerContext ctx = openContext();
        if (ctx == null) {
            frame.release();
            request.fail(disconnected("is closed"));
            return;
        }
        ctx.write(frame)
                .addListener(
                        written -> {
                            if (written.isSuccess()) {
                                request.complete(stand);
                            } else {
                                request.fail(disconnected("broke", written.cause()));
                                close(ctx, written.cause());
                            }
                        });
        flushSoon(ctx);
    }

    private @Nullable ChannelHandlerContext openContext() {
        ChannelHandlerContext ctx = context;
        return ctx != null && ctx.channel().isActive() && closeCause == null ? ctx : null;
    }

    /** One flush for all requests that are queued on the loop now. */
    private void flushSoon(ChannelHandlerContext ctx) {
        if (!flushScheduled) {
            flushScheduled = true;
            ctx.executor()
                    .execute(
                            () -> {
                                flushScheduled = false;
                                ctx.flush();
                            });
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        // Not released: the frame is garbage-collected memory that the response may point into.
        ByteBuf frame = (ByteBuf) message;
        PendingRequest<?> request = requests.peek();
        if (request == null) {
            close(ctx, new MalformedFrameException("response without a request"));
            return;
        }
        short headerVersion = request.key().responseHeaderVersion(request.version());
        int correlationId = ResponseHeader.read(frame, headerVersion).correlationId();
        if (correlationId != request.correlationId()) {
            close(
                    ctx,
                    new MalformedFrameException(
                            "response #" + correlationId + " where " + request + " was next"));
            return;
        }
        ApiResponse response = readBody(request, frame);
        requests.poll();
        count = requests.size();
        request.complete(response);
    }

    private static ApiResponse readBody(PendingRequest<?> request, ByteBuf frame) {
        boolean refusedVersion =
                request.key() == ApiKey.API_VERSIONS
                        && frame.readableBytes() >= Short.BYTES
                        && frame.getShort(frame.readerIndex())
                                == ErrorCode.UNSUPPORTED_VERSION.code();
        // KIP-511: a refused ApiVersions version is answered in the layout of version 0.
        return refusedVersion
                ? ApiVersionsResponse.read(frame, (short) 0)
                : request.key().readResponse(frame, request.version());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        close(ctx, cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        failAll();
        ctx.fireChannelInactive();
    }

    private void close(ChannelHandlerContext ctx, Throwable cause) {
        if (closeCause == null) {
            closeCause = cause;
        }
        ctx.close();
        failAll();
    }

    private void failAll() {
        if (timeoutTimer != null) {
            timeoutTimer.cancel(false);
            timeoutTimer = null;
        }
        PendingRequest<?> request;
        while ((request = requests.poll()) != null) {
            count = requests.size();
            request.fail(
                    closeCause == null
                            ? disconnected("was closed before " + request + " was answered")
                            : disconnected(
                                    "broke before " + request + " was answered", closeCause));
        }
    }

    private ApiException disconnected(String what) {
        return new ApiException(
                ErrorCode.NETWORK_EXCEPTION, "connection to " + broker + " " + what);
    }

    private ApiException disconnected(String what, Throwable cause) {
        return new ApiException(
                ErrorCode.NETWORK_EXCEPTION,
                "connection to " + broker + " " + what + ": " + cause.getMessage(),
                cause);
    }

    /** One timer for the earliest deadline; answers do not touch it, it re-arms when it fires. */
    private void armTimer(ChannelHandlerContext ctx, long deadlineNanos) {
        if (timeoutTimer != null && timerDeadlineNanos - deadlineNanos <= 0) {
            return;
        }
        if (timeoutTimer != null) {
            timeoutTimer.cancel(false);
        }
        timerDeadlineNanos = deadlineNanos;
        long delay = Math.max(0, deadlineNanos - clock.nanos());
        timeoutTimer = ctx.executor().schedule(() -> expire(ctx), delay, TimeUnit.NANOSECONDS);
    }

    private void expire(ChannelHandlerContext ctx) {
        timeoutTimer = null;
        long now = clock.nanos();
        PendingRequest<?> earliest = null;
        for (PendingRequest<?> request : requests) {
            if (earliest == null || request.deadlineNanos() - earliest.deadlineNanos() < 0) {
                earliest = request;
            }
        }
        if (earliest == null) {
            return;
        }
        if (earliest.deadlineNanos() - now > 0) {
            armTimer(ctx, earliest.deadlineNanos());
            return;
        }
        ApiException timedOut =
                new ApiException(
                        ErrorCode.REQUEST_TIMED_OUT,
                        broker
                                + " did not answer "
                                + earliest
                                + " within "
                                + earliest.timeoutMs()
                                + " ms");
        requests.remove(earliest);
        // Closed first: its bytes must be out of the network's hands when the sender hears of it.
        closeCause = timedOut;
        ctx.close();
        earliest.fail(timedOut);
        failAll();
    }
}
