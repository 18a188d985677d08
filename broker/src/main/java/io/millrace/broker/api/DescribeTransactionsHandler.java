package io.millrace.broker.api;

import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.txn.Transaction;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeTransactionsRequest;
import io.millrace.protocol.message.DescribeTransactionsResponse;
import io.millrace.protocol.message.DescribeTransactionsResponse.TopicData;
import io.millrace.protocol.message.DescribeTransactionsResponse.TransactionState;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Tells operators what transactional ids are doing (KIP-664). */
public final class DescribeTransactionsHandler
        implements ApiHandler<DescribeTransactionsRequest, DescribeTransactionsResponse> {
    private final TransactionCoordinator transactions;

    public DescribeTransactionsHandler(TransactionCoordinator transactions) {
        this.transactions = transactions;
    }

    @Override
    public CompletableFuture<DescribeTransactionsResponse> handle(
            RequestContext context, DescribeTransactionsRequest request) {
        List<CompletableFuture<TransactionState>> answers = new ArrayList<>();
        for (String id : request.transactionalIds()) {
            answers.add(describe(id));
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done ->
                                new DescribeTransactionsResponse()
                                        .transactionStates(
                                                answers.stream()
                                                        .map(CompletableFuture::join)
                                                        .toList()));
    }

    @Override
    public DescribeTransactionsResponse failure(
            RequestContext context,
            DescribeTransactionsRequest request,
            ErrorCode error,
            String message) {
        return new DescribeTransactionsResponse()
                .transactionStates(
                        request.transactionalIds().stream().map(id -> failed(id, error)).toList());
    }

    private CompletableFuture<TransactionState> describe(String id) {
        if (id.isEmpty()) {
            return CompletableFuture.completedFuture(failed(id, ErrorCode.INVALID_REQUEST));
        }
        return transactions
                .describe(id)
                .thenApply(
                        found ->
                                found.map(DescribeTransactionsHandler::described)
                                        .orElseGet(
                                                () ->
                                                        failed(
                                                                id,
                                                                ErrorCode
                                                                        .TRANSACTIONAL_ID_NOT_FOUND)))
                .exceptionally(failure -> failed(id, ApiFailures.codeOf(failure)));
    }

    private static TransactionState failed(String id, ErrorCode error) {
        return new TransactionState().transactionalId(id).errorCode(error.code());
    }

    private static TransactionState described(Transaction transaction) {
        TreeMap<String, List<Integer>> byTopic = new TreeMap<>();
        for (TopicPartition partition : transaction.partitions()) {
            byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                    .add(partition.partition());
        }
        List<TopicData> topics = new ArrayList<>();
        byTopic.forEach(
                (topic, indexes) -> topics.add(new TopicData().topic(topic).partitions(indexes)));
        return new TransactionState()
                .transactionalId(transaction.id())
                .transactionState(transaction.state().label())
                .transactionTimeoutMs(transaction.timeoutMs())
                .transactionStartTimeMs(transaction.startMs())
                .producerId(transaction.producer().producerId())
                .producerEpoch(transaction.producer().epoch())
                .topics(topics);
    }
}
