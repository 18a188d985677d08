package io.millrace.broker.api;

import io.millrace.broker.controller.ProducerIds;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.broker.txn.ProducerAnswer;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.InitProducerIdResponse;
import java.util.concurrent.CompletableFuture;

/**
 * Gives an idempotent producer its id, and a transactional one the epoch that fences all instances
 * before it.
 */
public final class InitProducerIdHandler
        implements ApiHandler<InitProducerIdRequest, InitProducerIdResponse> {
    private static final short FIRST_EPOCH = 0;
    private static final int FIRST_VERSION_WITH_FENCED = 4;

    private final ProducerIds ids;
    private final TransactionCoordinator transactions;

    public InitProducerIdHandler(ProducerIds ids, TransactionCoordinator transactions) {
        this.ids = ids;
        this.transactions = transactions;
    }

    @Override
    public CompletableFuture<InitProducerIdResponse> handle(
            RequestContext context, InitProducerIdRequest request) {
        String id = request.transactionalId();
        if (id == null) {
            return ids.next().thenApply(next -> answer(new ProducerIdAndEpoch(next, FIRST_EPOCH)));
        }
        ProducerIdAndEpoch expected =
                new ProducerIdAndEpoch(request.producerId(), request.producerEpoch());
        boolean half =
                (expected.producerId() == ProducerIdAndEpoch.NO_ID)
                        != (expected.epoch() == ProducerIdAndEpoch.NO_EPOCH);
        if (id.isEmpty() || half) {
            return CompletableFuture.completedFuture(
                    failure(context, request, ErrorCode.INVALID_REQUEST, ""));
        }
        return transactions
                .initialize(id, request.transactionTimeoutMs(), expected, ids::next)
                .thenApply(outcome -> answer(context, request, outcome));
    }

    @Override
    public InitProducerIdResponse failure(
            RequestContext context,
            InitProducerIdRequest request,
            ErrorCode error,
            String message) {
        ErrorCode shown =
                ProducerFencing.shown(error, context.version(), FIRST_VERSION_WITH_FENCED);
        return new InitProducerIdResponse()
                .errorCode(shown.code())
                .producerId(ProducerIdAndEpoch.NO_ID)
                .producerEpoch(ProducerIdAndEpoch.NO_EPOCH);
    }

    private InitProducerIdResponse answer(
            RequestContext context, InitProducerIdRequest request, ProducerAnswer outcome) {
        if (outcome instanceof ProducerAnswer.Given given) {
            return answer(given.producer());
        }
        return failure(
                context,
                request,
                outcome instanceof ProducerAnswer.Refused refused
                        ? refused.error()
                        : ErrorCode.COORDINATOR_NOT_AVAILABLE,
                "");
    }

    private static InitProducerIdResponse answer(ProducerIdAndEpoch producer) {
        return new InitProducerIdResponse()
                .producerId(producer.producerId())
                .producerEpoch(producer.epoch());
    }
}
