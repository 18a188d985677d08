package io.millrace.simulation.world.net;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.network.ClientSoftware;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ResponseHeader;
import io.millrace.protocol.message.UnsupportedVersionException;
import io.millrace.protocol.net.Frames;
import io.millrace.protocol.net.ServedVersions;
import io.millrace.simulation.world.time.SimulatedLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The client's end of a connection, as {@link io.millrace.protocol.net.Connection} is in
 * production: asks for the versions first, answers come in order, a request that outlives its
 * timeout ends the connection. Owned by the client's loop.
 */
public final class ClientLine {
    private final Line line;
    private final SimulatedLoop loop;
    private final Terms terms;
    private final ArrayDeque<Sent<?>> pending = new ArrayDeque<>();
    private final List<Runnable> waiting = new ArrayList<>(1);
    private @Nullable ServedVersions versions;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private final EventLoop.Timer connectTimer;
    private boolean closed;
    private boolean refused;
    private int nextCorrelationId;

    /**
     * @param clientId what requests carry
     * @param software what the client says it is; brokers are shown more than others
     * @param requestTimeoutMs patience with one request, the connection's setting up included
     */
    public record Terms(String clientId, ClientSoftware software, int requestTimeoutMs) {
        /** As a client, not as a broker. */
        public Terms(String clientId, int requestTimeoutMs) {
            this(clientId, new ClientSoftware("simulation", "1"), requestTimeoutMs);
        }
    }

    private record Sent<R extends ApiResponse>(
            ApiKey key,
            short version,
            int correlationId,
            CompletableFuture<R> answer,
            EventLoop.Timer timer) {}

    ClientLine(Line line, SimulatedLoop loop, Terms terms) {
        this.line = line;
        this.loop = loop;
        this.terms = terms;
        this.connectTimer = loop.schedule(terms.requestTimeoutMs(), () -> giveUp("connecting"));
    }

    public boolean isOpen() {
        return !closed;
    }

    /** Completes when requests can be sent, fails when there will be no connection. */
    CompletableFuture<Void> ready() {
        return ready;
    }

    /** Completes when the connection is over. */
    CompletableFuture<Void> gone() {
        return gone;
    }

    /** Requests sent and not answered yet. */
    int inFlight() {
        return pending.size();
    }

    /** Whether the other machine said that nobody listens there. */
    public boolean wasRefused() {
        return refused;
    }

    /** Sends in the best version; on the client's loop. */
    public <R extends ApiResponse> CompletableFuture<R> send(ApiRequest<R> request) {
        return send(request, terms.requestTimeoutMs());
    }

    public <R extends ApiResponse> CompletableFuture<R> send(ApiRequest<R> request, int timeoutMs) {
        CompletableFuture<R> answer = new CompletableFuture<>();
        if (closed) {
            answer.completeExceptionally(broken("is closed"));
        } else if (versions == null) {
            waiting.add(() -> sendNow(request, timeoutMs, answer));
        } else {
            sendNow(request, timeoutMs, answer);
        }
        return answer;
    }

    private <R extends ApiResponse> void sendNow(
            ApiRequest<R> request, int timeoutMs, CompletableFuture<R> answer) {
        ServedVersions served = versions;
        if (closed || served == null) {
            answer.completeExceptionally(broken("broke before the request was sent"));
            return;
        }
        try {
            transmit(request, served.best(request.apiKey()), timeoutMs, answer);
        } catch (UnsupportedVersionException e) {
            answer.completeExceptionally(e);
        }
    }

    private <R extends ApiResponse> void transmit(
            ApiRequest<R> request, short version, int timeoutMs, CompletableFuture<R> answer) {
        int correlationId = nextCorrelationId++;
        ByteBuf laidOut =
                Frames.request(
                                HeapAllocator.INSTANCE,
                                request,
                                version,
                                correlationId,
                                terms.clientId())
                        .toBuffer();
        // The broker writes offsets into what it receives: it must not be the sender's memory.
        ByteBuf frame = Unpooled.copiedBuffer(laidOut);
        laidOut.release();
        EventLoop.Timer timer =
                loop.schedule(timeoutMs, () -> giveUp(request.apiKey().schemaName()));
        pending.add(new Sent<>(request.apiKey(), version, correlationId, answer, timer));
        line.sendRequest(frame.skipBytes(Integer.BYTES), Repeatable.is(request));
    }

    void onConnected() {
        if (closed) {
            return;
        }
        CompletableFuture<io.millrace.protocol.message.ApiVersionsResponse> asked =
                new CompletableFuture<>();
        transmit(
                new ApiVersionsRequest()
                        .clientSoftwareName(terms.software().name())
                        .clientSoftwareVersion(terms.software().version()),
                (short) 3,
                terms.requestTimeoutMs(),
                asked);
        asked.thenAccept(
                response -> {
                    connectTimer.cancel();
                    versions = ServedVersions.of(line.serverHost().name(), response);
                    List<Runnable> now = List.copyOf(waiting);
                    waiting.clear();
                    now.forEach(Runnable::run);
                    ready.complete(null);
                });
    }

    void onFrame(ByteBuf frame) {
        Sent<?> sent = pending.poll();
        if (sent == null || closed) {
            return;
        }
        sent.timer().cancel();
        complete(sent, frame);
    }

    // The schema pairs requests and responses by key, so a response of this key is an R.
    @SuppressWarnings("unchecked")
    private static <R extends ApiResponse> void complete(Sent<R> sent, ByteBuf frame) {
        ResponseHeader header =
                ResponseHeader.read(frame, sent.key().responseHeaderVersion(sent.version()));
        if (header.correlationId() != sent.correlationId()) {
            throw new IllegalStateException(
                    "answer "
                            + header.correlationId()
                            + " came in place of "
                            + sent.correlationId()
                            + ": responses left in the wrong order");
        }
        sent.answer().complete((R) sent.key().readResponse(frame, sent.version()));
    }

    void onBroken(boolean byRefusal) {
        refused = byRefusal;
        end(broken(byRefusal ? "refuses" : "broke"));
    }

    private void giveUp(String what) {
        if (!closed) {
            line.closedByClient();
            end(
                    new ApiException(
                            ErrorCode.REQUEST_TIMED_OUT,
                            line.serverHost() + ": no answer in time to " + what));
        }
    }

    public void close() {
        if (!closed) {
            line.closedByClient();
            end(broken("was closed"));
        }
    }

    private void end(ApiException cause) {
        if (closed) {
            return;
        }
        closed = true;
        connectTimer.cancel();
        List<Sent<?>> unanswered = List.copyOf(pending);
        pending.clear();
        List<Runnable> unsent = List.copyOf(waiting);
        waiting.clear();
        for (Sent<?> sent : unanswered) {
            sent.timer().cancel();
            sent.answer().completeExceptionally(cause);
        }
        unsent.forEach(Runnable::run);
        ready.completeExceptionally(cause);
        gone.complete(null);
    }

    private ApiException broken(String how) {
        return new ApiException(
                ErrorCode.NETWORK_EXCEPTION, "connection to " + line.serverHost() + " " + how);
    }
}
