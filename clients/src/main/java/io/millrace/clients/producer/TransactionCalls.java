package io.millrace.clients.producer;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.CoordinatorCalls;
import io.millrace.clients.cluster.CoordinatorKey;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.clients.consumer.GroupMetadata;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AddOffsetsToTxnRequest;
import io.millrace.protocol.message.AddOffsetsToTxnResponse;
import io.millrace.protocol.message.AddPartitionsToTxnRequest;
import io.millrace.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;
import io.millrace.protocol.message.AddPartitionsToTxnResponse;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.EndTxnRequest;
import io.millrace.protocol.message.EndTxnResponse;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.InitProducerIdResponse;
import io.millrace.protocol.message.TxnOffsetCommitRequest;
import io.millrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition;
import io.millrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.millrace.protocol.message.TxnOffsetCommitResponse;
import io.millrace.protocol.record.RecordBatchHeader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The requests of transactions, one attempt each: futures fail as {@link TransactionFailures} says.
 * Belongs to the network loop.
 */
final class TransactionCalls {
    private static final String FEATURE = "transaction.version";
    private static final int FIRST_OWN_IDENTITY_VERSION = 3;

    /** From version 4 on only brokers send it. */
    private static final int LAST_CLIENT_ADD_VERSION = 3;

    private static final int FIRST_MEMBER_VERSION = 3;

    /** KIP-890: the first versions that mean transactions with an epoch each. */
    private static final int FIRST_EPOCH_PER_TRANSACTION = 5;

    private final ClusterClient cluster;
    private final ProducerConfig config;
    private final String transactionalId;
    private final CoordinatorKey key;
    private final CoordinatorCalls calls;
    private final TransactionFailures failures;

    /** A producer id with its epoch. */
    record Identity(long id, short epoch) {
        static final Identity NONE =
                new Identity(RecordBatchHeader.NO_PRODUCER_ID, RecordBatchHeader.NO_PRODUCER_EPOCH);
    }

    TransactionCalls(
            ClusterClient cluster,
            ProducerConfig config,
            String transactionalId,
            TransactionFailures failures) {
        this.cluster = cluster;
        this.config = config;
        this.transactionalId = transactionalId;
        this.key = CoordinatorKey.transaction(transactionalId);
        this.calls = new CoordinatorCalls(cluster);
        this.failures = failures;
    }

    /**
     * Level of transactions that the cluster agreed on, as the coordinator's open connection says:
     * 2 and more give every transaction an epoch of its own. Empty if there is no connection.
     */
    OptionalInt transactionLevel() {
        return cluster.coordinators()
                .lastKnown(key)
                .map(node -> cluster.connections().featureLevel(node, FEATURE))
                .orElse(OptionalInt.empty());
    }

    /**
     * An identity of a higher epoch, which fences all others of the transactional id.
     *
     * @param own KIP-360: the present one, so that who was fenced meanwhile does not fence back
     */
    CompletableFuture<Identity> initialize(Identity own) {
        RequestFactory<InitProducerIdResponse> request =
                RequestFactory.of(
                        ApiKey.INIT_PRODUCER_ID,
                        version -> {
                            InitProducerIdRequest wire =
                                    new InitProducerIdRequest()
                                            .transactionalId(transactionalId)
                                            .transactionTimeoutMs(config.transactionTimeoutMs());
                            return version >= FIRST_OWN_IDENTITY_VERSION
                                    ? wire.producerId(own.id).producerEpoch(own.epoch)
                                    : wire;
                        });
        return ask(request, InitProducerIdResponse::errorCode, "getting a producer id")
                .thenApply(
                        answered ->
                                new Identity(
                                        answered.response().producerId(),
                                        answered.response().producerEpoch()));
    }

    CompletableFuture<Void> addPartitions(Identity own, Collection<TopicPartition> partitions) {
        List<AddPartitionsToTxnTopic> topics = new ArrayList<>();
        GroupCalls.byTopic(partitions)
                .forEach(
                        (topic, numbers) ->
                                topics.add(
                                        new AddPartitionsToTxnTopic()
                                                .name(topic)
                                                .partitions(numbers)));
        AddPartitionsToTxnRequest wire =
                new AddPartitionsToTxnRequest()
                        .v3AndBelowTransactionalId(transactionalId)
                        .v3AndBelowProducerId(own.id)
                        .v3AndBelowProducerEpoch(own.epoch)
                        .v3AndBelowTopics(topics);
        RequestFactory<AddPartitionsToTxnResponse> request =
                RequestFactory.between(
                        ApiKey.ADD_PARTITIONS_TO_TXN, 0, LAST_CLIENT_ADD_VERSION, v -> wire);
        return ask(request, TransactionCalls::worst, "adding partitions to the transaction")
                .thenAccept(answered -> {});
    }

    /** Of several errors the one that says most. */
    private static short worst(AddPartitionsToTxnResponse response) {
        ErrorCode worst = ErrorCode.NONE;
        for (var topic : response.resultsByTopicV3AndBelow()) {
            for (var partition : topic.resultsByPartition()) {
                ErrorCode error = ErrorCode.forCode(partition.partitionErrorCode());
                if (worst == ErrorCode.NONE
                        || worst == ErrorCode.OPERATION_NOT_ATTEMPTED
                        || error.isError() && worst.retriable() && !error.retriable()) {
                    worst = error.isError() ? error : worst;
                }
            }
        }
        return worst.code();
    }

    CompletableFuture<Void> addOffsets(Identity own, String group) {
        AddOffsetsToTxnRequest wire =
                new AddOffsetsToTxnRequest()
                        .transactionalId(transactionalId)
                        .producerId(own.id)
                        .producerEpoch(own.epoch)
                        .groupId(group);
        RequestFactory<AddOffsetsToTxnResponse> request = RequestFactory.of(wire);
        return ask(request, AddOffsetsToTxnResponse::errorCode, "adding offsets of group " + group)
                .thenAccept(answered -> {});
    }

    CompletableFuture<Void> commitOffsets(
            Identity own,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            GroupMetadata member,
            boolean epochPerTransaction) {
        RequestFactory<TxnOffsetCommitResponse> request =
                RequestFactory.between(
                        ApiKey.TXN_OFFSET_COMMIT,
                        epochPerTransaction ? FIRST_EPOCH_PER_TRANSACTION : 0,
                        epochPerTransaction
                                ? ApiKey.TXN_OFFSET_COMMIT.maxVersion()
                                : FIRST_EPOCH_PER_TRANSACTION - 1,
                        version -> offsetCommit(version, own, offsets, member));
        String doing = "committing offsets of group " + member.groupId();
        return calls.send(
                        CoordinatorKey.group(member.groupId()),
                        Purpose.REQUESTS,
                        request,
                        cluster.config().requestTimeoutMs(),
                        answered -> worst(answered.response()))
                .thenAccept(
                        answered -> {
                            ErrorCode error = worst(answered.response());
                            if (error.isError()) {
                                throw failures.of(error, doing);
                            }
                        });
    }

    private TxnOffsetCommitRequest offsetCommit(
            short version,
            Identity own,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            GroupMetadata member) {
        Map<String, List<TxnOffsetCommitRequestPartition>> byTopic = new TreeMap<>();
        offsets.forEach(
                (partition, offset) ->
                        byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                                .add(
                                        new TxnOffsetCommitRequestPartition()
                                                .partitionIndex(partition.partition())
                                                .committedOffset(offset.offset())
                                                .committedLeaderEpoch(
                                                        offset.leaderEpoch().orElse(-1))
                                                .committedMetadata(offset.metadata())));
        List<TxnOffsetCommitRequestTopic> topics = new ArrayList<>();
        byTopic.forEach(
                (topic, partitions) ->
                        topics.add(
                                new TxnOffsetCommitRequestTopic()
                                        .name(topic)
                                        .partitions(partitions)));
        TxnOffsetCommitRequest request =
                new TxnOffsetCommitRequest()
                        .transactionalId(transactionalId)
                        .groupId(member.groupId())
                        .producerId(own.id)
                        .producerEpoch(own.epoch)
                        .topics(topics);
        return version < FIRST_MEMBER_VERSION
                ? request
                : request.generationId(member.generationId())
                        .memberId(member.memberId())
                        .groupInstanceId(member.groupInstanceId().orElse(null));
    }

    private static ErrorCode worst(TxnOffsetCommitResponse response) {
        ErrorCode worst = ErrorCode.NONE;
        for (var topic : response.topics()) {
            for (var partition : topic.partitions()) {
                ErrorCode error = ErrorCode.forCode(partition.errorCode());
                if (error.isError() && (!worst.isError() || worst.retriable())) {
                    worst = error;
                }
            }
        }
        return worst;
    }

    /** Ends the transaction; the identity for the next one is the result. */
    CompletableFuture<Identity> end(Identity own, boolean commit, boolean epochPerTransaction) {
        EndTxnRequest wire =
                new EndTxnRequest()
                        .transactionalId(transactionalId)
                        .producerId(own.id)
                        .producerEpoch(own.epoch)
                        .committed(commit);
        RequestFactory<EndTxnResponse> request =
                RequestFactory.between(
                        ApiKey.END_TXN,
                        epochPerTransaction ? FIRST_EPOCH_PER_TRANSACTION : 0,
                        epochPerTransaction
                                ? ApiKey.END_TXN.maxVersion()
                                : FIRST_EPOCH_PER_TRANSACTION - 1,
                        version -> wire);
        return ask(
                        request,
                        EndTxnResponse::errorCode,
                        commit ? "committing the transaction" : "aborting the transaction")
                .thenApply(
                        answered ->
                                answered.response().producerId() < 0
                                        ? own
                                        : new Identity(
                                                answered.response().producerId(),
                                                answered.response().producerEpoch()));
    }

    private <R extends ApiResponse> CompletableFuture<Answered<R>> ask(
            RequestFactory<R> request, Function<R, Short> errorOf, String doing) {
        return calls.send(
                        key,
                        Purpose.REQUESTS,
                        request,
                        cluster.config().requestTimeoutMs(),
                        answered -> ErrorCode.forCode(errorOf.apply(answered.response())))
                .thenApply(
                        answered -> {
                            ErrorCode error = ErrorCode.forCode(errorOf.apply(answered.response()));
                            if (error.isError()) {
                                ClientException failure = failures.of(error, doing);
                                throw failure;
                            }
                            return answered;
                        });
    }
}
