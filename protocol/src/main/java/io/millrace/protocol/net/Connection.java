package io.millrace.protocol.net;

import io.millrace.base.time.Clock;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceResponse;
import io.netty.channel.Channel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The client side of one connection to a broker. Any thread may send; requests go out in the order
 * in which {@code send} was called by one thread, and responses come back in that order. Futures
 * complete on the network thread, so what hangs on them must not block.
 *
 * <p>Failure: when the connection breaks, is closed, or a request outlives its timeout, the
 * connection is closed and everything pending completes with an {@link ApiException} of {@link
 * ErrorCode#NETWORK_EXCEPTION} (the one that timed out: {@link ErrorCode#REQUEST_TIMED_OUT}).
 *
 * <p>Memory: a response's record batches are views on its frame, which is garbage-collected memory:
 * they may be kept and need no release. Record batches of a request stay the sender's; the
 * connection holds references of its own until they are on the wire, and completes the future only
 * after that.
 */
public final class Connection implements AutoCloseable {
    private final Channel channel;
    private final ConnectionConfig config;
    private final PendingRequests pending;
    private final ServedVersions versions;
    private final AtomicInteger nextCorrelationId;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    Connection(
            Channel channel,
            ConnectionConfig config,
            PendingRequests pending,
            ServedVersions versions,
            int firstCorrelationId) {
        this.channel = channel;
        this.config = config;
        this.pending = pending;
        this.versions = versions;
        this.nextCorrelationId = new AtomicInteger(firstCorrelationId);
        channel.closeFuture().addListener(done -> closed.complete(null));
    }

    /** What the broker serves. */
    public ServedVersions versions() {
        return versions;
    }

    /** Sends in the highest version that both sides know. */
    public <R extends ApiResponse> CompletableFuture<R> send(ApiRequest<R> request) {
        return send(request, versions.best(request.apiKey()));
    }

    public <R extends ApiResponse> CompletableFuture<R> send(ApiRequest<R> request, short version) {
        return send(request, version, config.requestTimeoutMs());
    }

    /**
     * The request is laid out before this returns and may be changed afterwards; its record batches
     * may not.
     *
     * @throws io.millrace.protocol.message.UnsupportedVersionException if the version cannot carry
     *     the request
     */
    public <R extends ApiResponse> CompletableFuture<R> send(
            ApiRequest<R> request, short version, int timeoutMs) {
        int correlationId = nextCorrelationId.getAndIncrement();
        MessageSink frame =
                Frames.request(
                        channel.alloc(),
                        request,
                        version,
                        correlationId,
                        config.clientIdOnWire().orElse(null));
        PendingRequest<R> sent =
                new PendingRequest<>(request.apiKey(), version, correlationId, timeoutMs);
        boolean unanswered = request instanceof ProduceRequest produce && produce.acks() == 0;
        try {
            channel.eventLoop()
                    .execute(
                            () -> {
                                if (unanswered) {
                                    pending.sendUnanswered(frame, sent, new ProduceResponse());
                                } else {
                                    pending.send(frame, sent);
                                }
                            });
        } catch (RejectedExecutionException e) {
            frame.release();
            sent.fail(
                    new ApiException(
                            ErrorCode.NETWORK_EXCEPTION,
                            pending.broker() + ": the network threads are shut down",
                            e));
        }
        return sent.future();
    }

    /** Requests sent and not answered yet; a snapshot. */
    public int inFlight() {
        return pending.count();
    }

    public boolean isOpen() {
        return channel.isActive();
    }

    /** Address of the broker, {@code host:port}. */
    public String broker() {
        return pending.broker();
    }

    /** Completes when the connection is closed, for whatever reason. */
    public CompletableFuture<Void> closed() {
        return closed;
    }

    /** Closes without waiting; pending requests fail. More than once is harmless. */
    @Override
    public void close() {
        channel.close();
    }

    /** Clock by which requests time out. */
    Clock clock() {
        return pending.clock();
    }
}
