package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AddOffsetsToTxnRequest;
import io.millrace.protocol.message.AddOffsetsToTxnResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Makes the partition that holds a group's offsets a part of a transaction. */
public final class AddOffsetsToTxnHandler
        implements ApiHandler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse> {
    private static final int FIRST_VERSION_WITH_FENCED = 2;
    private static final short KEEPS_EPOCH = 0;

    private final TransactionCoordinator transactions;
    private final GroupCoordinator groups;

    public AddOffsetsToTxnHandler(TransactionCoordinator transactions, GroupCoordinator groups) {
        this.transactions = transactions;
        this.groups = groups;
    }

    @Override
    public CompletableFuture<AddOffsetsToTxnResponse> handle(
            RequestContext context, AddOffsetsToTxnRequest request) {
        if (request.transactionalId().isEmpty()) {
            return CompletableFuture.completedFuture(
                    failure(context, request, ErrorCode.INVALID_REQUEST, ""));
        }
        TopicPartition offsets =
                new TopicPartition(
                        GroupCoordinator.OFFSETS_TOPIC, groups.partitionOf(request.groupId()));
        return transactions
                .add(
                        request.transactionalId(),
                        new ProducerIdAndEpoch(request.producerId(), request.producerEpoch()),
                        List.of(offsets),
                        KEEPS_EPOCH)
                .thenApply(error -> failure(context, request, error, ""));
    }

    @Override
    public AddOffsetsToTxnResponse failure(
            RequestContext context,
            AddOffsetsToTxnRequest request,
            ErrorCode error,
            String message) {
        return new AddOffsetsToTxnResponse()
                .errorCode(
                        ProducerFencing.shown(error, context.version(), FIRST_VERSION_WITH_FENCED)
                                .code());
    }
}
