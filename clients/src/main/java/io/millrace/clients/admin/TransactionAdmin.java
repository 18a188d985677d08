package io.millrace.clients.admin;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.CoordinatorKey;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.DescribeProducersRequest;
import io.millrace.protocol.message.DescribeProducersRequest.TopicRequest;
import io.millrace.protocol.message.DescribeProducersResponse;
import io.millrace.protocol.message.DescribeTransactionsRequest;
import io.millrace.protocol.message.DescribeTransactionsResponse;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.InitProducerIdResponse;
import io.millrace.protocol.message.ListTransactionsRequest;
import io.millrace.protocol.message.ListTransactionsResponse;
import io.millrace.protocol.message.WriteTxnMarkersRequest;
import io.millrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarker;
import io.millrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarkerTopic;
import io.millrace.protocol.message.WriteTxnMarkersResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Asks about transactions, and ends those that hang. Any thread. */
public final class TransactionAdmin {
    private static final int FIRST_DURATION_VERSION = 1;
    private static final int FIRST_PATTERN_VERSION = 2;

    private final AdminCalls calls;

    TransactionAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    /** Transactional ids of all coordinators that match. */
    public CompletableFuture<List<TransactionListing>> list(TransactionFilter filter) {
        int lowest =
                filter.idPattern().isPresent()
                        ? FIRST_PATTERN_VERSION
                        : filter.minDurationMs().isPresent() ? FIRST_DURATION_VERSION : 0;
        ListTransactionsRequest wire =
                new ListTransactionsRequest()
                        .stateFilters(List.copyOf(filter.states()))
                        .producerIdFilters(List.copyOf(filter.producerIds()))
                        .durationFilter(filter.minDurationMs().orElse(-1))
                        .transactionalIdPattern(filter.idPattern().orElse(null));
        RequestFactory<ListTransactionsResponse> request =
                RequestFactory.between(
                        ApiKey.LIST_TRANSACTIONS,
                        lowest,
                        ApiKey.LIST_TRANSACTIONS.maxVersion(),
                        version -> wire);
        return calls.everyBroker(request, TransactionAdmin::read);
    }

    private static List<TransactionListing> read(ListTransactionsResponse response) {
        AdminCalls.check(response.errorCode(), null, "listing transactions");
        if (!response.unknownStateFilters().isEmpty()) {
            throw new ClientException(
                    "no transaction is ever in state " + response.unknownStateFilters());
        }
        return response.transactionStates().stream()
                .map(
                        each ->
                                new TransactionListing(
                                        each.transactionalId(),
                                        each.producerId(),
                                        each.transactionState()))
                .toList();
    }

    /** The present transactions of these transactional ids. */
    public Keyed<String, TransactionDescription> describe(Collection<String> transactionalIds) {
        return ByKey.run(
                calls,
                transactionalIds,
                Place.coordinator(calls, CoordinatorKey.Type.TRANSACTION),
                (node, ids, answers) ->
                        calls.once(
                                        node,
                                        RequestFactory.of(
                                                new DescribeTransactionsRequest()
                                                        .transactionalIds(ids)))
                                .thenAccept(response -> read(node, response, answers)));
    }

    private static void read(
            int coordinator,
            DescribeTransactionsResponse response,
            ByKey.Answers<String, TransactionDescription> answers) {
        for (var each : response.transactionStates()) {
            String id = each.transactionalId();
            ErrorCode error = ErrorCode.forCode(each.errorCode());
            if (error.isError()) {
                answers.failed(id, Failures.of(error, "transactional id " + id));
                continue;
            }
            Set<TopicPartition> partitions = new HashSet<>();
            each.topics()
                    .forEach(
                            topic ->
                                    topic.partitions()
                                            .forEach(
                                                    number ->
                                                            partitions.add(
                                                                    new TopicPartition(
                                                                            topic.topic(),
                                                                            number))));
            answers.found(
                    id,
                    new TransactionDescription(
                            coordinator,
                            each.transactionState(),
                            each.producerId(),
                            each.producerEpoch(),
                            each.transactionTimeoutMs(),
                            time(each.transactionStartTimeMs()),
                            partitions));
        }
    }

    /** Producers that the leaders of these partitions remember. */
    public Keyed<TopicPartition, List<ProducerDescription>> describeProducers(
            Collection<TopicPartition> partitions) {
        return ByKey.run(
                calls,
                partitions,
                Place.leader(calls),
                (node, keys, answers) ->
                        calls.once(node, RequestFactory.of(producersOf(keys)))
                                .thenAccept(response -> read(response, answers)));
    }

    private static DescribeProducersRequest producersOf(List<TopicPartition> partitions) {
        List<TopicRequest> topics = new ArrayList<>();
        GroupCalls.byTopic(partitions)
                .forEach(
                        (topic, numbers) ->
                                topics.add(
                                        new TopicRequest().name(topic).partitionIndexes(numbers)));
        return new DescribeProducersRequest().topics(topics);
    }

    private static void read(
            DescribeProducersResponse response,
            ByKey.Answers<TopicPartition, List<ProducerDescription>> answers) {
        for (var topic : response.topics()) {
            for (var partition : topic.partitions()) {
                TopicPartition at = new TopicPartition(topic.name(), partition.partitionIndex());
                ErrorCode error = ErrorCode.forCode(partition.errorCode());
                if (error.isError()) {
                    answers.failed(at, Failures.of(error, at + ": describing producers"));
                    continue;
                }
                answers.found(
                        at,
                        partition.activeProducers().stream()
                                .map(
                                        each ->
                                                new ProducerDescription(
                                                        each.producerId(),
                                                        each.producerEpoch(),
                                                        each.lastSequence(),
                                                        time(each.lastTimestamp()),
                                                        each.coordinatorEpoch() < 0
                                                                ? OptionalInt.empty()
                                                                : OptionalInt.of(
                                                                        each.coordinatorEpoch()),
                                                        time(each.currentTxnStartOffset())))
                                .toList());
            }
        }
    }

    /**
     * Writes an abort marker into one partition, past the coordinator: for transactions that hang
     * because the coordinator knows nothing of them. Fails with INVALID_PRODUCER_EPOCH or
     * TRANSACTION_COORDINATOR_FENCED if the partition has seen something newer.
     */
    public CompletableFuture<Void> abort(HangingTransaction hanging) {
        TopicPartition partition = hanging.partition();
        WriteTxnMarkersRequest wire =
                new WriteTxnMarkersRequest()
                        .markers(
                                List.of(
                                        new WritableTxnMarker()
                                                .producerId(hanging.producerId())
                                                .producerEpoch(hanging.producerEpoch())
                                                .coordinatorEpoch(hanging.coordinatorEpoch())
                                                .transactionResult(false)
                                                .topics(
                                                        List.of(
                                                                new WritableTxnMarkerTopic()
                                                                        .name(partition.topic())
                                                                        .partitionIndexes(
                                                                                List.of(
                                                                                        partition
                                                                                                .partition()))))));
        Keyed<TopicPartition, Boolean> done =
                ByKey.run(
                        calls,
                        List.of(partition),
                        Place.leader(calls),
                        (node, keys, answers) ->
                                calls.once(node, RequestFactory.of(wire))
                                        .thenAccept(
                                                response -> {
                                                    ErrorCode error = errorOf(response);
                                                    if (error.isError()) {
                                                        answers.failed(
                                                                partition,
                                                                Failures.of(
                                                                        error,
                                                                        "aborting " + hanging));
                                                    } else {
                                                        answers.found(partition, true);
                                                    }
                                                }));
        return done.of(partition).thenAccept(yes -> {});
    }

    private static ErrorCode errorOf(WriteTxnMarkersResponse response) {
        for (var marker : response.markers()) {
            for (var topic : marker.topics()) {
                for (var partition : topic.partitions()) {
                    return ErrorCode.forCode(partition.errorCode());
                }
            }
        }
        return ErrorCode.UNKNOWN_SERVER_ERROR;
    }

    /**
     * Fences the producers of these transactional ids and aborts what they have open, as starting
     * another producer would.
     */
    public Keyed<String, FencedProducer> fence(Collection<String> transactionalIds) {
        return ByKey.run(
                calls,
                transactionalIds,
                Place.coordinator(calls, CoordinatorKey.Type.TRANSACTION),
                (node, ids, answers) ->
                        CompletableFuture.allOf(
                                ids.stream()
                                        .map(id -> fence(node, id, answers))
                                        .toArray(CompletableFuture<?>[]::new)));
    }

    private CompletableFuture<Void> fence(
            int node, String id, ByKey.Answers<String, FencedProducer> answers) {
        InitProducerIdRequest wire =
                new InitProducerIdRequest()
                        .transactionalId(id)
                        .transactionTimeoutMs(calls.requestTimeoutMs())
                        .producerId(-1)
                        .producerEpoch((short) -1);
        RequestFactory<InitProducerIdResponse> request = RequestFactory.of(wire);
        return calls.once(node, request)
                .thenAccept(
                        response -> {
                            ErrorCode error = ErrorCode.forCode(response.errorCode());
                            if (error.isError()) {
                                answers.failed(id, Failures.of(error, "transactional id " + id));
                            } else {
                                answers.found(
                                        id,
                                        new FencedProducer(
                                                response.producerId(), response.producerEpoch()));
                            }
                        });
    }

    private static OptionalLong time(long wire) {
        return wire < 0 ? OptionalLong.empty() : OptionalLong.of(wire);
    }
}
