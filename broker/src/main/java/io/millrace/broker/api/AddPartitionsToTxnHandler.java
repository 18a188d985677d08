package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AddPartitionsToTxnRequest;
import io.millrace.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;
import io.millrace.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction;
import io.millrace.protocol.message.AddPartitionsToTxnResponse;
import io.millrace.protocol.message.AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult;
import io.millrace.protocol.message.AddPartitionsToTxnResponse.AddPartitionsToTxnResult;
import io.millrace.protocol.message.AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Makes partitions a part of a transaction. Versions up to 3 come from clients and carry one
 * transaction; from 4 on other brokers ask for several, and may only want to know (KIP-890). A
 * transaction gets all of its partitions or none.
 */
public final class AddPartitionsToTxnHandler
        implements ApiHandler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse> {
    private static final int FIRST_VERSION_WITH_FENCED = 2;
    private static final int FIRST_VERSION_WITH_BATCHES = 4;
    private static final int FIRST_VERSION_WITH_EPOCH_BUMP = 5;
    private static final short KEEPS_EPOCH = 0;
    private static final short BUMPS_EPOCH = 2;

    private final TransactionCoordinator transactions;
    private final MetadataView metadata;

    public AddPartitionsToTxnHandler(TransactionCoordinator transactions, MetadataView metadata) {
        this.transactions = transactions;
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<AddPartitionsToTxnResponse> handle(
            RequestContext context, AddPartitionsToTxnRequest request) {
        List<AddPartitionsToTxnTransaction> asked = transactionsOf(context, request);
        List<CompletableFuture<AddPartitionsToTxnResult>> answers = new ArrayList<>();
        for (AddPartitionsToTxnTransaction transaction : asked) {
            answers.add(
                    addOrVerify(context, transaction)
                            .exceptionally(
                                    failure -> {
                                        ErrorCode code = ApiFailures.codeOf(failure);
                                        return (topic, index) -> code;
                                    })
                            .thenApply(codes -> resultOf(context, transaction, codes)));
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done ->
                                respond(
                                        context,
                                        answers.stream().map(CompletableFuture::join).toList()));
    }

    @Override
    public AddPartitionsToTxnResponse failure(
            RequestContext context,
            AddPartitionsToTxnRequest request,
            ErrorCode error,
            String message) {
        List<AddPartitionsToTxnResult> results = new ArrayList<>();
        for (AddPartitionsToTxnTransaction transaction : transactionsOf(context, request)) {
            results.add(resultOf(context, transaction, (topic, index) -> error));
        }
        return respond(context, results);
    }

    private static List<AddPartitionsToTxnTransaction> transactionsOf(
            RequestContext context, AddPartitionsToTxnRequest request) {
        return context.version() >= FIRST_VERSION_WITH_BATCHES
                ? request.transactions()
                : List.of(
                        new AddPartitionsToTxnTransaction()
                                .transactionalId(request.v3AndBelowTransactionalId())
                                .producerId(request.v3AndBelowProducerId())
                                .producerEpoch(request.v3AndBelowProducerEpoch())
                                .topics(request.v3AndBelowTopics()));
    }

    /** What to say about a partition of one transaction. */
    private interface Codes {
        ErrorCode of(String topic, int index);
    }

    private CompletableFuture<Codes> addOrVerify(
            RequestContext context, AddPartitionsToTxnTransaction asked) {
        if (asked.transactionalId().isEmpty()) {
            return CompletableFuture.completedFuture((topic, index) -> ErrorCode.INVALID_REQUEST);
        }
        MetadataImage image = metadata.image();
        List<TopicPartition> partitions = new ArrayList<>();
        for (AddPartitionsToTxnTopic topic : asked.topics()) {
            for (int index : topic.partitions()) {
                if (image.partition(topic.name(), index) == null) {
                    // Nothing of the transaction is done.
                    return CompletableFuture.completedFuture(
                            (name, other) ->
                                    image.partition(name, other) == null
                                            ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                                            : ErrorCode.OPERATION_NOT_ATTEMPTED);
                }
                partitions.add(new TopicPartition(topic.name(), index));
            }
        }
        if (asked.verifyOnly()) {
            return transactions
                    .verify(
                            new TransactionVerifier.Question(
                                    asked.transactionalId(),
                                    asked.producerId(),
                                    asked.producerEpoch(),
                                    partitions,
                                    false))
                    .thenApply(
                            found ->
                                    (name, index) ->
                                            found.getOrDefault(
                                                    new TopicPartition(name, index),
                                                    ErrorCode.NONE));
        }
        return transactions
                .add(
                        asked.transactionalId(),
                        new ProducerIdAndEpoch(asked.producerId(), asked.producerEpoch()),
                        partitions,
                        context.version() >= FIRST_VERSION_WITH_EPOCH_BUMP
                                ? BUMPS_EPOCH
                                : KEEPS_EPOCH)
                .thenApply(error -> (name, index) -> error);
    }

    private static AddPartitionsToTxnResult resultOf(
            RequestContext context, AddPartitionsToTxnTransaction asked, Codes codes) {
        List<AddPartitionsToTxnTopicResult> topics = new ArrayList<>();
        for (AddPartitionsToTxnTopic topic : asked.topics()) {
            List<AddPartitionsToTxnPartitionResult> partitions = new ArrayList<>();
            for (int index : topic.partitions()) {
                ErrorCode code =
                        ProducerFencing.shown(
                                codes.of(topic.name(), index),
                                context.version(),
                                FIRST_VERSION_WITH_FENCED);
                partitions.add(
                        new AddPartitionsToTxnPartitionResult()
                                .partitionIndex(index)
                                .partitionErrorCode(code.code()));
            }
            topics.add(
                    new AddPartitionsToTxnTopicResult()
                            .name(topic.name())
                            .resultsByPartition(partitions));
        }
        return new AddPartitionsToTxnResult()
                .transactionalId(asked.transactionalId())
                .topicResults(topics);
    }

    private static AddPartitionsToTxnResponse respond(
            RequestContext context, List<AddPartitionsToTxnResult> results) {
        AddPartitionsToTxnResponse response = new AddPartitionsToTxnResponse();
        return context.version() >= FIRST_VERSION_WITH_BATCHES
                ? response.resultsByTransaction(results)
                : response.resultsByTopicV3AndBelow(results.get(0).topicResults());
    }
}
