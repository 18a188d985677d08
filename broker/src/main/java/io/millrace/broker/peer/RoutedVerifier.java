package io.millrace.broker.peer;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AddPartitionsToTxnRequest;
import io.millrace.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;
import io.millrace.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction;
import io.millrace.protocol.message.AddPartitionsToTxnResponse;
import io.millrace.protocol.message.AddPartitionsToTxnResponse.AddPartitionsToTxnResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Asks the coordinator of a transactional id about its transaction, on whichever broker that is:
 * here, or by AddPartitionsToTxn (KIP-890). Asking twice does no harm.
 */
public final class RoutedVerifier implements TransactionVerifier {
    private static final PeerRequests.Lane LANE = new PeerRequests.Lane("verification", 0);
    private static final int MOST_AT_ONCE = 500;

    private final int self;
    private final TransactionCoordinator local;
    private final Supplier<MetadataImage> metadata;
    private final PeerRequests peers;
    private final EventLoop loop;
    private final Map<Integer, PeerQueue<Question, Map<TopicPartition, ErrorCode>>> queues =
            new ConcurrentHashMap<>();

    public RoutedVerifier(
            int self,
            TransactionCoordinator local,
            Supplier<MetadataImage> metadata,
            PeerRequests peers,
            EventLoop loop) {
        this.self = self;
        this.local = local;
        this.metadata = metadata;
        this.peers = peers;
        this.loop = loop;
    }

    @Override
    public CompletableFuture<Map<TopicPartition, ErrorCode>> verify(Question question) {
        PartitionImage state =
                metadata.get()
                        .partition(
                                TransactionCoordinator.TOPIC,
                                local.partitionOf(question.transactionalId()));
        if (state == null || state.leader() == self) {
            return local.verify(question);
        }
        if (!state.hasLeader()) {
            return CompletableFuture.failedFuture(unavailable("has no leader"));
        }
        return queues.computeIfAbsent(state.leader(), this::queue)
                .ask(question)
                .handle(
                        (answers, failure) -> {
                            if (failure != null) {
                                throw unavailable("did not answer: " + failure);
                            }
                            return answers;
                        });
    }

    private static ApiException unavailable(String why) {
        return new ApiException(
                ErrorCode.COORDINATOR_NOT_AVAILABLE, "the transaction's coordinator " + why);
    }

    private PeerQueue<Question, Map<TopicPartition, ErrorCode>> queue(int broker) {
        return new PeerQueue<>(
                loop,
                MOST_AT_ONCE,
                questions ->
                        peers.send(broker, LANE, request(questions))
                                .thenApply(response -> answers(questions, response)));
    }

    /** Answers come in the order of the transactions: an id may be asked about twice. */
    private static AddPartitionsToTxnRequest request(List<Question> questions) {
        return new AddPartitionsToTxnRequest()
                .transactions(questions.stream().map(RoutedVerifier::transaction).toList());
    }

    private static AddPartitionsToTxnTransaction transaction(Question question) {
        Map<String, List<Integer>> byTopic = new LinkedHashMap<>();
        for (TopicPartition partition : question.partitions()) {
            byTopic.computeIfAbsent(partition.topic(), name -> new ArrayList<>())
                    .add(partition.partition());
        }
        List<AddPartitionsToTxnTopic> topics = new ArrayList<>();
        byTopic.forEach(
                (name, indexes) ->
                        topics.add(new AddPartitionsToTxnTopic().name(name).partitions(indexes)));
        return new AddPartitionsToTxnTransaction()
                .transactionalId(question.transactionalId())
                .producerId(question.producerId())
                .producerEpoch(question.producerEpoch())
                .verifyOnly(!question.add())
                .topics(topics);
    }

    private static List<Map<TopicPartition, ErrorCode>> answers(
            List<Question> questions, AddPartitionsToTxnResponse response) {
        List<AddPartitionsToTxnResult> results = response.resultsByTransaction();
        if (results.size() != questions.size()) {
            throw new ApiException(
                    response.errorCode() == ErrorCode.NONE.code()
                            ? ErrorCode.COORDINATOR_NOT_AVAILABLE
                            : ErrorCode.forCode(response.errorCode()));
        }
        return results.stream().map(RoutedVerifier::answer).toList();
    }

    private static Map<TopicPartition, ErrorCode> answer(AddPartitionsToTxnResult result) {
        Map<TopicPartition, ErrorCode> codes = new HashMap<>();
        result.topicResults()
                .forEach(
                        topic ->
                                topic.resultsByPartition()
                                        .forEach(
                                                partition ->
                                                        codes.put(
                                                                new TopicPartition(
                                                                        topic.name(),
                                                                        partition.partitionIndex()),
                                                                ErrorCode.forCode(
                                                                        partition
                                                                                .partitionErrorCode()))));
        return codes;
    }
}
