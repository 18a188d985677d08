package io.millrace.broker.api;

import io.millrace.broker.controller.ProducerIds;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.broker.txn.ProducerAnswer;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.EndTxnRequest;
import io.millrace.protocol.message.EndTxnResponse;
import java.util.concurrent.CompletableFuture;

/**
 * Commits or aborts a transaction. The answer means that the decision cannot be lost; the
 * partitions learn of it right after.
 */
public final class EndTxnHandler implements ApiHandler<EndTxnRequest, EndTxnResponse> {
    private static final int FIRST_VERSION_WITH_FENCED = 2;
    private static final int FIRST_VERSION_WITH_EPOCH_BUMP = 5;
    private static final short KEEPS_EPOCH = 0;
    private static final short BUMPS_EPOCH = 2;

    private final ProducerIds ids;
    private final TransactionCoordinator transactions;

    public EndTxnHandler(ProducerIds ids, TransactionCoordinator transactions) {
        this.ids = ids;
        this.transactions = transactions;
    }

    @Override
    public CompletableFuture<EndTxnResponse> handle(RequestContext context, EndTxnRequest request) {
        if (request.transactionalId().isEmpty()) {
            return CompletableFuture.completedFuture(
                    failure(context, request, ErrorCode.INVALID_REQUEST, ""));
        }
        boolean bumps = context.version() >= FIRST_VERSION_WITH_EPOCH_BUMP;
        return transactions
                .end(
                        request.transactionalId(),
                        new ProducerIdAndEpoch(request.producerId(), request.producerEpoch()),
                        request.committed(),
                        bumps ? BUMPS_EPOCH : KEEPS_EPOCH,
                        ids::next)
                .thenApply(
                        outcome -> {
                            if (outcome instanceof ProducerAnswer.Refused refused) {
                                return failure(context, request, refused.error(), "");
                            }
                            EndTxnResponse response = new EndTxnResponse();
                            if (bumps && outcome instanceof ProducerAnswer.Given given) {
                                response.producerId(given.producer().producerId())
                                        .producerEpoch(given.producer().epoch());
                            }
                            return response;
                        });
    }

    @Override
    public EndTxnResponse failure(
            RequestContext context, EndTxnRequest request, ErrorCode error, String message) {
        // Some clients take "unknown" as "committed": the outcome is open, so they ask again.
        ErrorCode shown =
                error == ErrorCode.UNKNOWN_SERVER_ERROR
                        ? ErrorCode.COORDINATOR_NOT_AVAILABLE
                        : ProducerFencing.shown(
                                error, context.version(), FIRST_VERSION_WITH_FENCED);
        return new EndTxnResponse().errorCode(shown.code());
    }
}
