package io.millrace.broker.api;

import io.millrace.broker.controller.ProducerIds;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.InitProducerIdResponse;
import java.util.concurrent.CompletableFuture;

/** Gives an idempotent producer its id. Transactional producers are not served yet. */
public final class InitProducerIdHandler
        implements ApiHandler<InitProducerIdRequest, InitProducerIdResponse> {
    private static final short FIRST_EPOCH = 0;
    private static final short NO_EPOCH = -1;
    private static final long NO_ID = -1;

    private final ProducerIds ids;

    public InitProducerIdHandler(ProducerIds ids) {
        this.ids = ids;
    }

    @Override
    public CompletableFuture<InitProducerIdResponse> handle(
            RequestContext context, InitProducerIdRequest request) {
        if (request.transactionalId() != null) {
            return CompletableFuture.completedFuture(
                    failure(context, request, ErrorCode.INVALID_REQUEST, "no transactions yet"));
        }
        return ids.next()
                .thenApply(
                        id ->
                                new InitProducerIdResponse()
                                        .producerId(id)
                                        .producerEpoch(FIRST_EPOCH));
    }

    @Override
    public InitProducerIdResponse failure(
            RequestContext context,
            InitProducerIdRequest request,
            ErrorCode error,
            String message) {
        return new InitProducerIdResponse()
                .errorCode(error.code())
                .producerId(NO_ID)
                .producerEpoch(NO_EPOCH);
    }
}
