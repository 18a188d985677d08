package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.ADD_OFFSETS_TO_TXN;
import static io.millrace.protocol.message.ApiKey.ADD_PARTITIONS_TO_TXN;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_TRANSACTIONS;
import static io.millrace.protocol.message.ApiKey.END_TXN;
import static io.millrace.protocol.message.ApiKey.FETCH;
import static io.millrace.protocol.message.ApiKey.FIND_COORDINATOR;
import static io.millrace.protocol.message.ApiKey.INIT_PRODUCER_ID;
import static io.millrace.protocol.message.ApiKey.LIST_TRANSACTIONS;
import static io.millrace.protocol.message.ApiKey.PRODUCE;
import static io.millrace.protocol.message.ApiKey.TXN_OFFSET_COMMIT;
import static io.millrace.protocol.message.ApiKey.WRITE_TXN_MARKERS;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AddOffsetsToTxnRequest;
import io.millrace.protocol.message.AddPartitionsToTxnRequest;
import io.millrace.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;
import io.millrace.protocol.message.AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction;
import io.millrace.protocol.message.DescribeTransactionsRequest;
import io.millrace.protocol.message.EndTxnRequest;
import io.millrace.protocol.message.EndTxnResponse;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.InitProducerIdResponse;
import io.millrace.protocol.message.ListTransactionsRequest;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.TxnOffsetCommitRequest;
import io.millrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition;
import io.millrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.millrace.protocol.message.WriteTxnMarkersRequest;
import io.millrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarker;
import io.millrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarkerTopic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Transactions by the old protocol and by the new, listed, described and forced to their end. */
final class TransactionSteps {
    private static final int TIMEOUT_MS = 600_000;

    /** Clients that bump the epoch with each transaction send Produce from this version on. */
    private static final int FIRST_PRODUCE_OF_NEW_PROTOCOL = 12;

    private TransactionSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(8, TransactionSteps::transaction, END_TXN, INIT_PRODUCER_ID, PRODUCE),
                Step.of(2, TransactionSteps::initialize, END_TXN, INIT_PRODUCER_ID),
                Step.of(2, TransactionSteps::addWrongly, ADD_PARTITIONS_TO_TXN, END_TXN),
                Step.of(2, TransactionSteps::endWrongly, END_TXN),
                Step.of(2, TransactionSteps::list, LIST_TRANSACTIONS),
                Step.of(2, TransactionSteps::describe, DESCRIBE_TRANSACTIONS),
                Step.of(1, TransactionSteps::writeMarkers, WRITE_TXN_MARKERS),
                Step.of(1, TransactionSteps::findCoordinator, FIND_COORDINATOR, END_TXN));
    }

    /** A transactional producer as its client keeps it. */
    private static final class Producer {
        private final String name;
        private long id = -1;
        private short epoch = -1;
        private boolean open;
        private final Map<String, Integer> sequences = new HashMap<>();

        Producer(String name) {
            this.name = name;
        }
    }

    private static List<Producer> producers(Sequence s) {
        return s.remembered("transactional producers", ArrayList::new);
    }

    private static Producer any(Sequence s) {
        List<Producer> producers = producers(s);
        if (producers.isEmpty() || (producers.size() < 2 && s.chance(20))) {
            producers.add(new Producer(s.name("txn")));
        }
        return s.oneOf(producers);
    }

    private static void initialize(Sequence s) {
        Producer producer = any(s);
        InitProducerIdRequest request =
                new InitProducerIdRequest()
                        .transactionalId(s.chance(95) ? producer.name : "")
                        .transactionTimeoutMs(
                                s.chance(90) ? TIMEOUT_MS : s.oneOf(0, -1, Integer.MAX_VALUE));
        if (producer.id >= 0 && s.chance(30)) {
            request.producerId(producer.id)
                    .producerEpoch((short) Math.max(0, producer.epoch - s.oneOf(0, 0, 1)));
        }
        initialize(s, producer, request);
    }

    private static void initialize(Sequence s, Producer producer, InitProducerIdRequest request) {
        // While an earlier transaction is brought to its end the answer is: try again.
        InitProducerIdResponse response =
                s.askUntil(
                        0,
                        request,
                        s.version(INIT_PRODUCER_ID),
                        answer -> answer.errorCode() != ErrorCode.CONCURRENT_TRANSACTIONS.code());
        if (response.errorCode() == 0 && producer.name.equals(request.transactionalId())) {
            producer.id = response.producerId();
            producer.epoch = response.producerEpoch();
            producer.open = false;
            producer.sequences.clear();
        }
    }

    private static void transaction(Sequence s) {
        Producer producer = any(s);
        if (producer.id < 0) {
            initialize(
                    s,
                    producer,
                    new InitProducerIdRequest()
                            .transactionalId(producer.name)
                            .transactionTimeoutMs(TIMEOUT_MS));
        }
        boolean newProtocol =
                s.serves(PRODUCE, FIRST_PRODUCE_OF_NEW_PROTOCOL, 99)
                        && s.serves(END_TXN, 5, 99)
                        && s.chance(50);
        Topic topic = TopicSteps.any(s);
        int partition = s.random.nextInt(topic.partitions);
        if (!newProtocol || s.chance(10)) {
            add(s, producer, topic, partition);
        }
        if (s.chance(90)) {
            produce(s, producer, topic, partition, newProtocol);
        }
        if (s.chance(30) && s.serves(TXN_OFFSET_COMMIT)) {
            commitOffsets(s, producer, topic, newProtocol);
        }
        if (s.chance(30)) {
            readCommitted(s, topic, partition);
        }
        if (s.chance(90)) {
            end(s, producer, newProtocol);
            readCommitted(s, topic, partition);
        }
    }

    private static void add(Sequence s, Producer producer, Topic topic, int partition) {
        short version = s.version(ADD_PARTITIONS_TO_TXN, 0, 3);
        s.askUntil(
                0,
                new AddPartitionsToTxnRequest()
                        .v3AndBelowTransactionalId(producer.name)
                        .v3AndBelowProducerId(producer.id)
                        .v3AndBelowProducerEpoch(producer.epoch)
                        .v3AndBelowTopics(List.of(addition(topic.name, partition))),
                version,
                response ->
                        response.resultsByTopicV3AndBelow().stream()
                                .flatMap(t -> t.resultsByPartition().stream())
                                .noneMatch(
                                        p ->
                                                p.partitionErrorCode()
                                                        == ErrorCode.CONCURRENT_TRANSACTIONS
                                                                .code()));
        producer.open = true;
    }

    private static AddPartitionsToTxnTopic addition(String topic, int partition) {
        return new AddPartitionsToTxnTopic().name(topic).partitions(List.of(partition));
    }

    private static void produce(
            Sequence s, Producer producer, Topic topic, int partition, boolean newProtocol) {
        short version =
                newProtocol
                        ? s.version(PRODUCE, FIRST_PRODUCE_OF_NEW_PROTOCOL, 99)
                        : s.version(PRODUCE, 0, FIRST_PRODUCE_OF_NEW_PROTOCOL - 1);
        String key = topic.name + "-" + partition;
        int sequence = producer.sequences.getOrDefault(key, 0);
        ProduceRequest request =
                RecordSteps.produceRequest(
                                version,
                                topic,
                                partition,
                                Batches.ofProducer(
                                        s, producer.id, producer.epoch, sequence, 2, true))
                        .transactionalId(s.chance(97) ? producer.name : null);
        var response =
                s.askUntil(
                        0,
                        request,
                        version,
                        answer ->
                                answer.responses().get(0).partitionResponses().get(0).errorCode()
                                        != ErrorCode.CONCURRENT_TRANSACTIONS.code());
        if (response.responses().get(0).partitionResponses().get(0).errorCode() == 0) {
            producer.sequences.put(key, sequence + 2);
            producer.open = true;
        }
    }

    private static void commitOffsets(
            Sequence s, Producer producer, Topic topic, boolean newProtocol) {
        String group = GroupSteps.anyGroup(s).id;
        if (!newProtocol) {
            s.askUntil(
                    0,
                    new AddOffsetsToTxnRequest()
                            .transactionalId(producer.name)
                            .producerId(producer.id)
                            .producerEpoch(producer.epoch)
                            .groupId(group),
                    s.version(ADD_OFFSETS_TO_TXN),
                    answer -> answer.errorCode() != ErrorCode.CONCURRENT_TRANSACTIONS.code());
            producer.open = true;
        }
        short version =
                newProtocol
                        ? s.version(TXN_OFFSET_COMMIT, 5, 99)
                        : s.version(TXN_OFFSET_COMMIT, 0, 4);
        TxnOffsetCommitRequest request =
                new TxnOffsetCommitRequest()
                        .transactionalId(producer.name)
                        .groupId(group)
                        .producerId(producer.id)
                        .producerEpoch(producer.epoch)
                        .topics(
                                List.of(
                                        new TxnOffsetCommitRequestTopic()
                                                .name(topic.name)
                                                .partitions(
                                                        List.of(
                                                                new TxnOffsetCommitRequestPartition()
                                                                        .partitionIndex(0)
                                                                        .committedOffset(3)
                                                                        .committedMetadata("")))));
        if (s.chance(10)) {
            request.memberId("nobody").generationId(4);
        }
        s.ask(request, version);
        producer.open |= newProtocol;
    }

    private static void readCommitted(Sequence s, Topic topic, int partition) {
        if (!s.serves(FETCH, 4, 12)) {
            return;
        }
        s.ask(
                new io.millrace.protocol.message.FetchRequest()
                        .replicaId(-1)
                        .maxWaitMs(0)
                        .isolationLevel((byte) 1)
                        .sessionEpoch(-1)
                        .topics(
                                List.of(
                                        new io.millrace.protocol.message.FetchRequest.FetchTopic()
                                                .topic(topic.name)
                                                .partitions(
                                                        List.of(
                                                                new io.millrace.protocol.message
                                                                                .FetchRequest
                                                                                .FetchPartition()
                                                                        .partition(partition)
                                                                        .partitionMaxBytes(
                                                                                1 << 20))))),
                s.version(FETCH, 4, 12));
    }

    private static void end(Sequence s, Producer producer, boolean newProtocol) {
        short version = newProtocol ? s.version(END_TXN, 5, 99) : s.version(END_TXN, 0, 4);
        EndTxnResponse response =
                s.askUntil(
                        0,
                        new EndTxnRequest()
                                .transactionalId(producer.name)
                                .producerId(producer.id)
                                .producerEpoch(producer.epoch)
                                .committed(s.chance(60)),
                        version,
                        answer -> answer.errorCode() != ErrorCode.CONCURRENT_TRANSACTIONS.code());
        if (response.errorCode() == 0) {
            producer.open = false;
            if (newProtocol) {
                // KIP-890: each transaction has an epoch of its own.
                producer.id = response.producerId();
                producer.epoch = response.producerEpoch();
                producer.sequences.clear();
            }
            awaitEnd(s, producer);
        }
    }

    /** The markers are written after the answer. */
    private static void awaitEnd(Sequence s, Producer producer) {
        if (s.serves(DESCRIBE_TRANSACTIONS)) {
            s.askUntil(
                    0,
                    new DescribeTransactionsRequest().transactionalIds(List.of(producer.name)),
                    s.version(DESCRIBE_TRANSACTIONS),
                    response ->
                            !response.transactionStates()
                                    .get(0)
                                    .transactionState()
                                    .startsWith("Prepare"));
        }
    }

    private static void addWrongly(Sequence s) {
        Producer producer = any(s);
        short version = s.version(ADD_PARTITIONS_TO_TXN);
        String topic = s.chance(50) ? TopicSteps.any(s).name : s.name("none");
        long id = s.chance(60) ? producer.id : 987_654L;
        short epoch = (short) Math.max(0, producer.epoch + s.oneOf(0, 1, -1));
        AddPartitionsToTxnRequest request = new AddPartitionsToTxnRequest();
        if (version <= 3) {
            request.v3AndBelowTransactionalId(producer.name)
                    .v3AndBelowProducerId(id)
                    .v3AndBelowProducerEpoch(epoch)
                    .v3AndBelowTopics(List.of(addition(topic, s.oneOf(0, 77))));
        } else {
            request.transactions(
                    List.of(
                            new AddPartitionsToTxnTransaction()
                                    .transactionalId(producer.name)
                                    .producerId(id)
                                    .producerEpoch(epoch)
                                    .verifyOnly(s.chance(50))
                                    .topics(List.of(addition(topic, s.oneOf(0, 77))))));
        }
        s.ask(request, version);
    }

    private static void endWrongly(Sequence s) {
        Producer producer = any(s);
        s.ask(
                new EndTxnRequest()
                        .transactionalId(s.chance(80) ? producer.name : s.name("txn"))
                        .producerId(s.chance(70) ? producer.id : 987_654L)
                        .producerEpoch((short) Math.max(0, producer.epoch + s.oneOf(1, -1)))
                        .committed(s.chance(50)));
    }

    private static void list(Sequence s) {
        s.ask(
                new ListTransactionsRequest()
                        .stateFilters(
                                s.oneOf(
                                        List.of(),
                                        List.of("Ongoing"),
                                        List.of("Empty", "CompleteCommit"),
                                        List.of("Nonsense")))
                        .durationFilter(s.oneOf(-1L, -1L, 0L, 3_600_000L))
                        .transactionalIdPattern(s.oneOf(null, null, "", "d.*", "nothing", "(")));
    }

    private static void describe(Sequence s) {
        s.ask(
                new DescribeTransactionsRequest()
                        .transactionalIds(
                                List.of(s.chance(85) ? any(s).name : s.oneOf(s.name("txn"), ""))));
    }

    private static void writeMarkers(Sequence s) {
        Topic topic = TopicSteps.any(s);
        Producer producer = any(s);
        if (producer.id < 0 || producer.open) {
            return;
        }
        s.ask(
                new WriteTxnMarkersRequest()
                        .markers(
                                List.of(
                                        new WritableTxnMarker()
                                                .producerId(producer.id)
                                                .producerEpoch(producer.epoch)
                                                .coordinatorEpoch(0)
                                                .transactionResult(false)
                                                .topics(
                                                        List.of(
                                                                new WritableTxnMarkerTopic()
                                                                        .name(
                                                                                s.chance(80)
                                                                                        ? topic.name
                                                                                        : s.name(
                                                                                                "none"))
                                                                        .partitionIndexes(
                                                                                List.of(0)))))));
    }

    private static void findCoordinator(Sequence s) {
        short version = s.version(FIND_COORDINATOR, 1, 99);
        String key = any(s).name;
        FindCoordinatorRequest request = new FindCoordinatorRequest().keyType((byte) 1);
        s.ask(version < 4 ? request.key(key) : request.coordinatorKeys(List.of(key)), version);
    }
}
