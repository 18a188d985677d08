package io.millrace.broker.peer;

import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.api.ApiTable;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.api.Resource;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.EnvelopeRequest;
import io.millrace.protocol.message.EnvelopeResponse;
import io.millrace.protocol.message.MalformedMessageException;
import io.millrace.protocol.message.RequestHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what another broker's client asked and only the controller can do. Never forwards: a
 * broker that does not lead says {@code NOT_CONTROLLER}, and the other looks for the leader again.
 */
final class EnvelopeHandler implements ApiHandler<EnvelopeRequest, EnvelopeResponse> {
    private static final Logger LOGGER = LoggerFactory.getLogger(EnvelopeHandler.class);

    private final Map<ApiKey, ApiTable.Row<?, ?>> local;

    private EnvelopeHandler(Map<ApiKey, ApiTable.Row<?, ?>> local) {
        this.local = local;
    }

    /** The row, for brokers only. */
    static ApiTable.Row<EnvelopeRequest, EnvelopeResponse> row(
            Map<ApiKey, ApiTable.Row<?, ?>> local) {
        return ApiTable.row(
                        ApiKey.ENVELOPE,
                        0,
                        0,
                        Resource.CLUSTER,
                        EnvelopeRequest::read,
                        new EnvelopeHandler(local))
                .betweenBrokers();
    }

    @Override
    public CompletableFuture<EnvelopeResponse> handle(
            RequestContext context, EnvelopeRequest envelope) {
        ByteBuf in = Unpooled.wrappedBuffer(envelope.requestData());
        ApiTable.Row<?, ?> row =
                in.readableBytes() < 2 * Short.BYTES
                        ? null
                        : ApiKey.forId(in.getShort(0)).map(local::get).orElse(null);
        short version = row == null ? 0 : in.getShort(Short.BYTES);
        if (row == null || version < row.min() || version > row.max()) {
            return CompletableFuture.completedFuture(refused(ErrorCode.INVALID_REQUEST));
        }
        String host = new String(envelope.clientHostAddress(), StandardCharsets.UTF_8);
        try {
            return open(row, version, in, new ForwardedClient(context.client(), host));
        } catch (MalformedMessageException e) {
            return CompletableFuture.completedFuture(refused(ErrorCode.INVALID_REQUEST));
        }
    }

    private static <Q extends ApiRequest<R>, R extends ApiResponse>
            CompletableFuture<EnvelopeResponse> open(
                    ApiTable.Row<Q, R> row, short version, ByteBuf in, ForwardedClient client) {
        RequestHeader header = RequestHeader.read(in, row.key().requestHeaderVersion(version));
        Q request = row.reader().read(in, version);
        RequestContext context =
                new RequestContext(
                        client,
                        row.key(),
                        version,
                        Optional.ofNullable(header.clientId()).orElse(""));
        CompletableFuture<R> answer;
        try {
            answer = row.handler().handle(context, request);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        return answer.handle(
                (response, failure) ->
                        failure == null
                                ? Envelopes.answer(row.key(), version, response)
                                : failed(row, context, request, failure));
    }

    private static <Q extends ApiRequest<R>, R extends ApiResponse> EnvelopeResponse failed(
            ApiTable.Row<Q, R> row, RequestContext context, Q request, Throwable failure) {
        Throwable cause = ControllerRoute.causeOf(failure);
        ErrorCode error = ErrorCode.UNKNOWN_SERVER_ERROR;
        String why = "the controller's log says what went wrong";
        if (cause instanceof ApiException expected) {
            error = expected.error();
            why = String.valueOf(expected.getMessage());
        } else {
            LOGGER.atError()
                    .addKeyValue("api", row.key())
                    .setCause(cause)
                    .log("forwarded request failed unexpectedly");
        }
        return error == ErrorCode.NOT_CONTROLLER
                ? refused(error)
                : Envelopes.answer(
                        row.key(),
                        context.version(),
                        row.handler().failure(context, request, error, why));
    }

    @Override
    public EnvelopeResponse failure(
            RequestContext context, EnvelopeRequest request, ErrorCode error, String message) {
        return refused(error);
    }

    private static EnvelopeResponse refused(ErrorCode error) {
        return new EnvelopeResponse().responseData(null).errorCode(error.code());
    }
}
