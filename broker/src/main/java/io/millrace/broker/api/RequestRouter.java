package io.millrace.broker.api;

import io.millrace.broker.metrics.RequestMetrics;
import io.millrace.broker.network.OutgoingResponse;
import io.millrace.broker.network.RequestSink;
import io.millrace.broker.network.RequestSource;
import io.millrace.broker.network.ResponseSequencer;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.MalformedMessageException;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.message.RequestHeader;
import io.millrace.protocol.net.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCounted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From frame to handler and back: reads header and body, calls the handler of the {@link ApiTable},
 * writes its response. The only place where exceptions become error codes. Runs on the connections'
 * loops; keeps no state.
 */
public final class RequestRouter implements RequestSink {
    private static final Logger LOGGER = LoggerFactory.getLogger(RequestRouter.class);

    /** Key, version and correlation id, before anything that depends on the version. */
    private static final int FIXED_HEADER_BYTES = 8;

    private final ApiTable table;
    private final RequestMetrics metrics;

    public RequestRouter(ApiTable table, RequestMetrics metrics) {
        this.table = table;
        this.metrics = metrics;
    }

    /** One request on its way. */
    private record Exchange<Q extends ApiRequest<R>, R extends ApiResponse>(
            RequestSource connection,
            ResponseSequencer<OutgoingResponse>.Slot slot,
            int correlationId,
            ApiTable.Row<Q, R> row,
            RequestContext context,
            Q request,
            RequestMetrics.Stopwatch stopwatch) {}

    @Override
    public void onRequest(
            RequestSource connection,
            ByteBuf frame,
            ResponseSequencer<OutgoingResponse>.Slot slot) {
        try {
            if (frame.readableBytes() < FIXED_HEADER_BYTES) {
                throw new MalformedFrameException("frame ends within its header");
            }
            short apiKey = frame.getShort(frame.readerIndex());
            ApiTable.Row<?, ?> row = table.find(apiKey);
            if (row == null || !row.audience().includes(connection.clientSoftware())) {
                throw new MalformedFrameException(
                        "api key "
                                + apiKey
                                + ApiKey.forId(apiKey).map(key -> " (" + key + ")").orElse("")
                                + " is not served");
            }
            route(connection, frame, slot, row);
        } catch (MalformedMessageException e) {
            throw new MalformedFrameException(String.valueOf(e.getMessage()));
        } finally {
            // Handlers that keep bytes of the request have taken a reference of their own by now.
            frame.release();
        }
    }

    private <Q extends ApiRequest<R>, R extends ApiResponse> void route(
            RequestSource connection,
            ByteBuf frame,
            ResponseSequencer<OutgoingResponse>.Slot slot,
            ApiTable.Row<Q, R> row) {
        short version = frame.getShort(frame.readerIndex() + Short.BYTES);
        int correlationId = frame.getInt(frame.readerIndex() + 2 * Short.BYTES);
        if (!row.serves(version)) {
            answerUnsupported(connection, slot, row, version, correlationId);
            return;
        }
        RequestMetrics.Stopwatch stopwatch = metrics.begin(row.key(), frame.readableBytes());
        RequestHeader header = RequestHeader.read(frame, row.key().requestHeaderVersion(version));
        Q request = row.reader().read(frame, version);
        RequestContext context =
                new RequestContext(
                        connection,
                        row.key(),
                        version,
                        Optional.ofNullable(header.clientId()).orElse(""));
        Exchange<Q, R> exchange =
                new Exchange<>(connection, slot, correlationId, row, context, request, stopwatch);
        CompletableFuture<R> answer = call(exchange);
        stopwatch.handled();
        if (answer.isDone()) {
            finish(exchange, answer);
        } else {
            answer.whenComplete(
                    (response, failure) -> connection.execute(() -> finish(exchange, answer)));
        }
    }

    private static <Q extends ApiRequest<R>, R extends ApiResponse> CompletableFuture<R> call(
            Exchange<Q, R> exchange) {
        try {
            return exchange.row().handler().handle(exchange.context(), exchange.request());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static <Q extends ApiRequest<R>, R extends ApiResponse> void finish(
            Exchange<Q, R> exchange, CompletableFuture<R> answer) {
        ApiHandler<Q, R> handler = exchange.row().handler();
        boolean answered = handler.expectsResponse(exchange.request());
        exchange.stopwatch().answered();
        R response;
        try {
            response = answer.join();
        } catch (CompletionException | CancellationException e) {
            ApiException failure = asApiException(exchange, e);
            exchange.stopwatch().failed(failure.error());
            if (!answered) {
                exchange.slot().complete(null);
                exchange.connection().close("a request without answer failed: " + failure);
                return;
            }
            response =
                    handler.failure(
                            exchange.context(),
                            exchange.request(),
                            failure.error(),
                            String.valueOf(failure.getMessage()));
        }
        int bytes = 0;
        if (answered) {
            bytes = respond(exchange.connection(), exchange.slot(), exchange, response);
        } else {
            exchange.slot().complete(null);
        }
        exchange.stopwatch().responded(bytes);
    }

    private static ApiException asApiException(Exchange<?, ?> exchange, RuntimeException thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ApiException expected) {
            return expected;
        }
        if (cause instanceof CancellationException && exchange.context().client().isGone()) {
            // Given up because nobody waits for it, such as a fetch of a broken connection.
            return new ApiException(ErrorCode.NETWORK_EXCEPTION, "the client has gone");
        }
        LOGGER.atError()
                .addKeyValue("api", exchange.row().key())
                .addKeyValue("version", exchange.context().version())
                .addKeyValue("clientId", exchange.context().clientId())
                .setCause(cause)
                .log("request failed unexpectedly");
        return new ApiException(
                ErrorCode.UNKNOWN_SERVER_ERROR, "the broker's log says what went wrong");
    }

    private static int respond(
            RequestSource connection,
            ResponseSequencer<OutgoingResponse>.Slot slot,
            Exchange<?, ?> exchange,
            ApiResponse response) {
        if (slot.abandoned()) {
            slot.complete(null);
            return 0;
        }
        short version = exchange.context().version();
        short headerVersion = exchange.row().key().responseHeaderVersion(version);
        return write(connection, slot, exchange.correlationId(), headerVersion, response, version);
    }

    private void answerUnsupported(
            RequestSource connection,
            ResponseSequencer<OutgoingResponse>.Slot slot,
            ApiTable.Row<?, ?> row,
            short version,
            int correlationId) {
        if (!(row.handler() instanceof ApiVersionsHandler versions)) {
            throw new MalformedFrameException(
                    row.key()
                            + " version "
                            + version
                            + " is not served; versions "
                            + row.min()
                            + " to "
                            + row.max()
                            + " are");
        }
        // KIP-511: a client of any age can read version 0 and try again.
        write(
                connection,
                slot,
                correlationId,
                (short) 0,
                versions.unsupported(ErrorCode.UNSUPPORTED_VERSION),
                (short) 0);
    }

    /** Gives the bytes of the frame; 0 when it could not be written. */
    private static int write(
            RequestSource connection,
            ResponseSequencer<OutgoingResponse>.Slot slot,
            int correlationId,
            short headerVersion,
            ApiResponse response,
            short version) {
        MessageSink sink = MessageSink.pooled(connection.allocator()).beginFrame();
        List<ReferenceCounted> parts = new ArrayList<>(1);
        try {
            sink.writeInt32(correlationId);
            if (headerVersion > 0) {
                sink.writeUnsignedVarint(0);
            }
            response.write(sink, version);
            sink.endFrame();
        } catch (RuntimeException e) {
            sink.release();
            LOGGER.atError()
                    .addKeyValue("api", response.apiKey())
                    .addKeyValue("version", version)
                    .setCause(e)
                    .log("response cannot be written");
            slot.complete(null);
            connection.close("the response to " + response.apiKey() + " cannot be written");
            return 0;
        }
        int bytes = sink.size();
        sink.handOver(parts::add);
        OutgoingResponse outgoing = new OutgoingResponse(parts);
        if (!slot.complete(outgoing)) {
            outgoing.release();
        }
        return bytes;
    }
}
