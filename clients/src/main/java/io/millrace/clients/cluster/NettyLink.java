package io.millrace.clients.cluster;

import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.Outcome.Reason;
import io.millrace.clients.cluster.Outcome.Unanswered;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.message.RequestHeader;
import io.millrace.protocol.message.ResponseHeader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A link over one Netty channel. Requests are written as they come; answers are matched in order.
 * Everything runs on the channel's loop, which is the client's.
 */
final class NettyLink extends ChannelInboundHandlerAdapter implements Link {
    private static final Logger LOGGER = LoggerFactory.getLogger(NettyLink.class);
    private static final short FIRST_APIVERSIONS = 3;
    private static final long TIMEOUT_CHECK_MS = 250;
    private static final String SOFTWARE_NAME = "millrace";

    private final NettyLoop loop;
    private final String clientId;
    private final String software;
    private final ArrayDeque<InFlight<?>> inFlight = new ArrayDeque<>();
    private final Map<ApiKey, short[]> versions = new EnumMap<>(ApiKey.class);
    private final CompletableFuture<Link> ready = new CompletableFuture<>();
    private @Nullable Channel channel;
    private int nextCorrelation;
    private boolean checking;
    private String closedBecause = "the broker closed the connection";
    private Reason closedReason = Reason.DISCONNECTED;

    private record InFlight<R extends ApiResponse>(
            int correlation,
            ApiKey api,
            short version,
            long deadlineNanos,
            CompletableFuture<Outcome<R>> future) {

        /** The response class goes with the request's, which made R. */
        @SuppressWarnings("unchecked")
        void answer(ApiResponse response) {
            future.complete(new Answered<>((R) response, version));
        }

        void fail(Reason reason, String detail) {
            future.complete(new Unanswered<>(reason, api.schemaName() + ": " + detail));
        }
    }

    NettyLink(NettyLoop loop, String clientId, String softwareVersion) {
        this.loop = loop;
        this.clientId = clientId;
        this.software = softwareVersion;
    }

    /** Completes when versions are negotiated. */
    CompletableFuture<Link> ready() {
        return ready;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        channel = context.channel();
        negotiate(FIRST_APIVERSIONS);
    }

    @Override
    public <R extends ApiResponse> CompletableFuture<Outcome<R>> send(
            RequestFactory<R> request, long timeoutMs) {
        ApiKey api = request.apiKey();
        short[] range = versions.get(api);
        int highest = range == null ? -1 : Math.min(range[1], request.highestVersion());
        int lowest = range == null ? 0 : Math.max(range[0], request.lowestVersion());
        if (highest < lowest) {
            String theirs = range == null ? "none" : range[0] + " to " + range[1];
            return CompletableFuture.completedFuture(
                    new Unanswered<>(
                            Reason.UNSUPPORTED,
                            "%s: the broker has versions %s, this client can use %d to %d"
                                    .formatted(
                                            api.schemaName(),
                                            theirs,
                                            request.lowestVersion(),
                                            request.highestVersion())));
        }
        return write(request.make((short) highest), (short) highest, timeoutMs);
    }

    @Override
    public boolean isOpen() {
        return channel != null && channel.isActive() && closedReason == Reason.DISCONNECTED;
    }

    @Override
    public void close() {
        close(Reason.CLOSED, "the client closed the connection");
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf frame = (ByteBuf) message;
        try {
            InFlight<?> request = inFlight.peek();
            int correlation = frame.getInt(frame.readerIndex());
            if (request == null || request.correlation != correlation) {
                throw new IllegalStateException(
                        "response %d from %s answers no request"
                                .formatted(correlation, context.channel().remoteAddress()));
            }
            ApiResponse response = read(request, frame);
            inFlight.remove();
            request.answer(response);
        } finally {
            frame.release();
        }
    }

    private static ApiResponse read(InFlight<?> request, ByteBuf frame) {
        if (request.api == ApiKey.API_VERSIONS) {
            short error = frame.getShort(frame.readerIndex() + Integer.BYTES);
            // A broker that does not know the version answers in version 0.
            boolean unsupported = error == ErrorCode.UNSUPPORTED_VERSION.code();
            frame.skipBytes(Integer.BYTES);
            return ApiVersionsResponse.read(frame, unsupported ? 0 : request.version);
        }
        ResponseHeader.read(frame, request.api.responseHeaderVersion(request.version));
        return request.api.readResponse(frame, request.version);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        failAll();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        String detail = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        if (!(cause instanceof java.io.IOException)) {
            LOGGER.atWarn()
                    .addKeyValue("broker", context.channel().remoteAddress())
                    .setCause(cause)
                    .log("closing a connection");
        }
        closedBecause = detail;
        context.close();
    }

    private void negotiate(short version) {
        ApiVersionsRequest request =
                new ApiVersionsRequest()
                        .clientSoftwareName(SOFTWARE_NAME)
                        .clientSoftwareVersion(software);
        write(request, version, TimeUnit.SECONDS.toMillis(30))
                .thenAccept(outcome -> onVersions(outcome, version));
    }

    private void onVersions(Outcome<ApiVersionsResponse> outcome, short asked) {
        if (!(outcome instanceof Answered<ApiVersionsResponse> answered)) {
            ready.completeExceptionally(
                    ((Unanswered<ApiVersionsResponse>) outcome).toException());
            return;
        }
        ApiVersionsResponse response = answered.response();
        ErrorCode error = ErrorCode.forCode(response.errorCode());
        if (error == ErrorCode.UNSUPPORTED_VERSION && asked > 0) {
            negotiate((short) 0);
            return;
        }
        if (error.isError()) {
            ready.completeExceptionally(
                    new io.millrace.clients.ClientException("ApiVersions: " + error.message()));
            close();
            return;
        }
        for (ApiVersionsResponse.ApiVersion range : response.apiKeys()) {
            ApiKey.forId(range.apiKey())
                    .ifPresent(
                            api ->
                                    versions.put(
                                            api,
                                            new short[] {range.minVersion(), range.maxVersion()}));
        }
        ready.complete(this);
    }

    private <R extends ApiResponse> CompletableFuture<Outcome<R>> write(
            ApiRequest<R> request, short version, long timeoutMs) {
        CompletableFuture<Outcome<R>> future = new CompletableFuture<>();
        Channel to = channel;
        if (to == null || !to.isActive()) {
            future.complete(new Unanswered<>(Reason.DISCONNECTED, closedBecause));
            return future;
        }
        ApiKey api = request.apiKey();
        int correlation = nextCorrelation++;
        MessageSink sink = MessageSink.pooled(to.alloc());
        try {
            sink.beginFrame();
            new RequestHeader()
                    .requestApiKey(api.id())
                    .requestApiVersion(version)
                    .correlationId(correlation)
                    .clientId(clientId)
                    .write(sink, api.requestHeaderVersion(version));
            request.write(sink, version);
            sink.endFrame();
        } catch (RuntimeException e) {
            sink.release();
            throw e;
        }
        long deadline = loop.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        if (isAnswered(request)) {
            inFlight.add(new InFlight<>(correlation, api, version, deadline, future));
            checkTimeouts();
        } else {
            to.eventLoop().execute(() -> future.complete(answeredBySilence()));
        }
        sink.handOver(part -> to.write(part, to.voidPromise()));
        to.flush();
        return future;
    }

    /** A produce request that asks for no acknowledgement gets no response. */
    private static boolean isAnswered(ApiRequest<?> request) {
        return !(request instanceof io.millrace.protocol.message.ProduceRequest produce)
                || produce.acks() != 0;
    }

    @SuppressWarnings("unchecked")
    private static <R extends ApiResponse> Outcome<R> answeredBySilence() {
        return new Answered<>(
                (R) new io.millrace.protocol.message.ProduceResponse(), (short) 0);
    }

    private void checkTimeouts() {
        if (checking) {
            return;
        }
        checking = true;
        loop.schedule(
                TIMEOUT_CHECK_MS,
                () -> {
                    checking = false;
                    long now = loop.clock().nanos();
                    for (InFlight<?> request : inFlight) {
                        if (now - request.deadlineNanos >= 0) {
                            close(
                                    Reason.TIMED_OUT,
                                    "%s was not answered in time".formatted(
                                            request.api.schemaName()));
                            return;
                        }
                    }
                    if (!inFlight.isEmpty()) {
                        checkTimeouts();
                    }
                });
    }

    private void close(Reason reason, String because) {
        closedReason = reason;
        closedBecause = because;
        if (channel != null) {
            channel.close();
        }
    }

    private void failAll() {
        ready.completeExceptionally(
                new io.millrace.clients.RetriableClientException(closedBecause));
        List<InFlight<?>> lost = new ArrayList<>(inFlight);
        inFlight.clear();
        Reason reason =
                closedReason == Reason.CLOSED ? Reason.DISCONNECTED : closedReason;
        lost.forEach(request -> request.fail(reason, closedBecause));
    }
}
