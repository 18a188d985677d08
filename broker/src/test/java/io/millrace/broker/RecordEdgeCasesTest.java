package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.log.Batches;
import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.DescribeProducersRequest;
import io.millrace.protocol.message.DescribeProducersResponse;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchRequest.FetchPartition;
import io.millrace.protocol.message.FetchRequest.FetchTopic;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.FetchResponse.PartitionData;
import io.millrace.protocol.message.ListOffsetsRequest;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.millrace.protocol.message.ListOffsetsResponse;
import io.millrace.protocol.message.ListOffsetsResponse.ListOffsetsPartitionResponse;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.millrace.protocol.message.ProduceRequest.TopicProduceData;
import io.millrace.protocol.message.ProduceResponse;
import io.millrace.protocol.message.ProduceResponse.BatchIndexAndErrorMessage;
import io.millrace.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients depend on when they produce, fetch and look for offsets, byte by byte. */
final class RecordEdgeCasesTest {
    @TempDir static Path dir;
    private static RunningBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = new RunningBroker(dir);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    @Tag("wire-15")
    void zstdNeedsProduceSevenAndVersionsBelowThreeAreNotServed() throws Exception {
        create("zstd", Map.of());
        try (Wire wire = new Wire(broker.port())) {
            for (int version : new int[] {3, 6, 7, 12}) {
                ByteBuf batch =
                        Batches.compressed(
                                CompressionType.ZSTD, "v", 3, System.currentTimeMillis());
                assertThat(error(produce(wire, version, "zstd", batch)))
                        .isEqualTo(
                                version < 7
                                        ? ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
                                        : ErrorCode.NONE);
            }
        }
        for (int version : new int[] {0, 1, 2}) {
            try (Wire wire = new Wire(broker.port())) {
                wire.send(ApiKey.PRODUCE, version, new ProduceRequest().acks((short) 1));
                wire.expectClosed();
            }
        }
    }

    @Test
    @Tag("wire-20")
    void messageSetsOfOldFormatsInNewRequestsAreInvalidRecords() throws Exception {
        create("old", Map.of());
        try (Wire wire = new Wire(broker.port())) {
            for (int magic : new int[] {0, 1}) {
                ByteBuf batch = Batches.of("v", 1);
                batch.setByte(RecordBatchHeader.MAGIC, magic);
                assertThat(error(produce(wire, 3, "old", batch)))
                        .isEqualTo(ErrorCode.INVALID_RECORD);
            }
        }
    }

    @Test
    @Tag("wire-18")
    @Tag("wire-19")
    void anUnknownProducerMayBeginAnywhereAndItsTimesMayBeMissingOrZero() throws Exception {
        create("times", Map.of());
        try (Wire wire = new Wire(broker.port())) {
            ByteBuf wrongMax = Batches.idempotent(4711, 0, 1000, "v", 2);
            wrongMax.setLong(RecordBatchHeader.MAX_TIMESTAMP, -1);
            repair(wrongMax);
            assertThat(error(produce(wire, 9, "times", wrongMax))).isEqualTo(ErrorCode.NONE);
            assertThat(listOffsets(wire, 7, "times", -3, 0).timestamp()).isEqualTo(Batches.NOW);
            assertThat(error(produce(wire, 9, "times", Batches.of("zero", 1, 0))))
                    .isEqualTo(ErrorCode.NONE);
            assertThat(listOffsets(wire, 7, "times", -3, 0).offset()).isZero();
        }
    }

    @Test
    @Tag("wire-19")
    void recordsAtFaultAreNamedOneByOne() throws Exception {
        create("compacted", Map.of("cleanup.policy", "compact"));
        create("timed", Map.of("message.timestamp.after.max.ms", "1000"));
        try (Wire wire = new Wire(broker.port())) {
            assertThat(error(produce(wire, 9, "compacted", Batches.of("v", 3))))
                    .isEqualTo(ErrorCode.NONE);
            PartitionProduceResponse late =
                    produce(
                            wire,
                            9,
                            "timed",
                            Batches.of("v", 2, System.currentTimeMillis() + 3_600_000));
            assertThat(error(late)).isEqualTo(ErrorCode.INVALID_TIMESTAMP);
            assertThat(late.recordErrors())
                    .extracting(BatchIndexAndErrorMessage::batchIndex)
                    .containsExactly(0, 1);
            assertThat(late.baseOffset()).isEqualTo(-1);
        }
        try (KafkaProducer<String, String> producer = broker.producer()) {
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("compacted", "v")).get())
                    .hasCauseInstanceOf(InvalidRecordException.class)
                    .hasMessageContaining("key");
        }
    }

    @Test
    @Tag("wire-19")
    void aBatchAboveTheTopicsLimitIsTooLargeAndLargeBatchesAreSplit() throws Exception {
        create("small", Map.of("max.message.bytes", "2000"));
        try (KafkaProducer<String, String> producer =
                broker.producer("linger.ms", "200", "batch.size", "100000")) {
            assertThatThrownBy(
                            () ->
                                    producer.send(new ProducerRecord<>("small", "x".repeat(2000)))
                                            .get())
                    .hasCauseInstanceOf(RecordTooLargeException.class);
            for (int i = 0; i < 9; i++) {
                producer.send(new ProducerRecord<>("small", "y".repeat(500)));
            }
            assertThat(producer.send(new ProducerRecord<>("small", "z".repeat(500))).get().offset())
                    .isEqualTo(9);
        }
    }

    @Test
    @Tag("wire-19")
    void logAppendTimeIsAnsweredAndControlBatchesOfClientsAreRefused() throws Exception {
        create("stamped", Map.of("message.timestamp.type", "LogAppendTime"));
        try (Wire wire = new Wire(broker.port())) {
            PartitionProduceResponse answer = produce(wire, 9, "stamped", Batches.of("v", 2));
            assertThat(answer.logAppendTimeMs()).isGreaterThan(Batches.NOW);
            assertThat(listOffsets(wire, 7, "stamped", -3, 0).timestamp())
                    .isEqualTo(answer.logAppendTimeMs());
            ByteBuf control = Batches.of("v", 1);
            control.setShort(RecordBatchHeader.ATTRIBUTES, RecordBatchHeader.CONTROL_FLAG);
            repair(control);
            assertThat(error(produce(wire, 9, "stamped", control)))
                    .isEqualTo(ErrorCode.INVALID_RECORD);
        }
    }

    @Test
    @Tag("wire-17")
    void aRepeatedBatchGetsItsOffsetAgainAndNoError() throws Exception {
        create("repeated", Map.of());
        try (Wire wire = new Wire(broker.port())) {
            for (int i = 0; i < 5; i++) {
                produce(wire, 9, "repeated", Batches.idempotent(12, 0, i, "v", 1));
            }
            for (int i = 0; i < 5; i++) {
                PartitionProduceResponse again =
                        produce(wire, 9, "repeated", Batches.idempotent(12, 0, i, "v", 1));
                assertThat(error(again)).isEqualTo(ErrorCode.NONE);
                assertThat(again.baseOffset()).isEqualTo(i);
            }
            assertThat(error(produce(wire, 9, "repeated", Batches.idempotent(12, 0, 6, "v", 1))))
                    .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        }
    }

    @Test
    @Tag("wire-21")
    void aRequestWithManyPartitionsIsAnsweredForEach() throws Exception {
        try (Admin admin = broker.admin()) {
            admin.createTopics(List.of(new NewTopic("many", 7, (short) 1))).all().get();
        }
        try (Wire wire = new Wire(broker.port())) {
            TopicProduceData topic = new TopicProduceData().name("many");
            for (int partition = 0; partition < 9; partition++) {
                topic.partitionData()
                        .add(
                                new PartitionProduceData()
                                        .index(partition)
                                        .records(new BufferRecords(Batches.of("v", 1))));
            }
            List<PartitionProduceResponse> answers =
                    wire.ask(
                                    9,
                                    new ProduceRequest()
                                            .acks((short) -1)
                                            .timeoutMs(10_000)
                                            .topicData(List.of(topic)),
                                    ProduceResponse::read)
                            .responses()
                            .get(0)
                            .partitionResponses();
            assertThat(answers).hasSize(9);
            for (PartitionProduceResponse answer : answers) {
                assertThat(error(answer))
                        .isEqualTo(
                                answer.index() < 7
                                        ? ErrorCode.NONE
                                        : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            }
        }
    }

    @Test
    @Tag("wire-27")
    @Tag("wire-32")
    void committedReadersStopAtTheLastStableOffsetAndHearOfAbortedTransactions() throws Exception {
        create("mixed", Map.of());
        try (KafkaProducer<String, String> producer =
                        broker.producer("transactional.id", "mixed-writer");
                Wire wire = new Wire(broker.port())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("mixed", "aborted"));
            producer.flush();
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("mixed", "open"));
            producer.flush();

            PartitionData committed = fetch(wire, "mixed", 0, (byte) 1);
            assertThat(committed.lastStableOffset()).isEqualTo(2);
            assertThat(committed.highWatermark()).isEqualTo(3);
            assertThat(committed.abortedTransactions()).hasSize(1);
            assertThat(committed.abortedTransactions().get(0).firstOffset()).isZero();
            assertThat(fetch(wire, "mixed", 0, (byte) 0).abortedTransactions()).isNull();
            assertThat(fetch(wire, "mixed", 2, (byte) 1).records().sizeInBytes()).isZero();
            assertThat(listOffsets(wire, 7, "mixed", -1, 1).offset()).isEqualTo(2);
            assertThat(listOffsets(wire, 7, "mixed", -1, 0).offset()).isEqualTo(3);
            var open =
                    wire.ask(
                                    0,
                                    new DescribeProducersRequest()
                                            .topics(
                                                    List.of(
                                                            new DescribeProducersRequest
                                                                            .TopicRequest()
                                                                    .name("mixed")
                                                                    .partitionIndexes(
                                                                            List.of(0, 9)))),
                                    DescribeProducersResponse::read)
                            .topics()
                            .get(0)
                            .partitions();
            assertThat(open.get(0).activeProducers().get(0).currentTxnStartOffset()).isEqualTo(2);
            assertThat(open.get(1).errorCode())
                    .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
            producer.commitTransaction();
        }
        try (KafkaConsumer<String, String> consumer =
                broker.consumer("", "isolation.level", "read_committed")) {
            consumer.assign(List.of(new TopicPartition("mixed", 0)));
            consumer.seekToBeginning(consumer.assignment());
            assertThat(RunningBroker.poll(consumer, all -> !all.isEmpty()))
                    .extracting(ConsumerRecord::value)
                    .containsExactly("open");
        }
    }

    @Test
    @Tag("wire-27")
    void aWaitingCommittedFetchReturnsWhenTheMarkerComes() throws Exception {
        create("waiting", Map.of());
        try (KafkaProducer<String, String> producer =
                        broker.producer("transactional.id", "waiting-writer");
                Wire wire = new Wire(broker.port())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("waiting", "v"));
            producer.flush();
            wire.send(
                    ApiKey.FETCH,
                    11,
                    fetchOf("waiting", 0).isolationLevel((byte) 1).maxWaitMs(60_000).minBytes(1));
            producer.commitTransaction();
            PartitionData answer =
                    FetchResponse.read(wire.receive(ApiKey.FETCH, 11), (short) 11)
                            .responses()
                            .get(0)
                            .partitions()
                            .get(0);
            assertThat(answer.lastStableOffset()).isEqualTo(2);
            assertThat(answer.records().sizeInBytes()).isPositive();
        }
    }

    @Test
    @Tag("wire-15")
    void transactionalBatchesNeedATransactionalIdAndAnOpenTransaction() throws Exception {
        create("guarded", Map.of());
        try (Wire wire = new Wire(broker.port())) {
            ByteBuf batch = Batches.transactional(77, 0, 0, "v", 1);
            assertThat(error(produce(wire, 9, "guarded", batch)))
                    .isEqualTo(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
        }
        try (Wire wire = new Wire(broker.port())) {
            assertThat(listOffsets(wire, 7, "guarded", -1, 0).offset()).isZero();
        }
    }

    @Test
    @Tag("wire-32")
    void listOffsetsTellsWhatIsThereAndMinusOneForWhatIsNot() throws Exception {
        create("found", Map.of());
        try (Wire wire = new Wire(broker.port());
                Admin admin = broker.admin()) {
            for (int i = 0; i < 5; i++) {
                produce(wire, 9, "found", Batches.of("v", 1, Batches.NOW + i));
            }
            for (int version : new int[] {1, 4, 7, 11}) {
                ListOffsetsPartitionResponse none =
                        listOffsets(wire, version, "found", Batches.NOW + 99, 0);
                assertThat(none.errorCode()).isZero();
                assertThat(none.offset()).isEqualTo(-1);
                assertThat(none.timestamp()).isEqualTo(-1);
                assertThat(none.leaderEpoch()).isEqualTo(-1);
                ListOffsetsPartitionResponse third =
                        listOffsets(wire, version, "found", Batches.NOW + 2, 0);
                assertThat(third.offset()).isEqualTo(2);
                assertThat(third.timestamp()).isEqualTo(Batches.NOW + 2);
                assertThat(third.leaderEpoch()).isEqualTo(version >= 4 ? 0 : -1);
            }
            admin.deleteRecords(
                            Map.of(new TopicPartition("found", 0), RecordsToDelete.beforeOffset(3)))
                    .all()
                    .get();
            assertThat(listOffsets(wire, 7, "found", -2, 0).offset()).isEqualTo(3);
            assertThat(listOffsets(wire, 8, "found", -4, 0).offset()).isEqualTo(3);
            assertThat(listOffsets(wire, 9, "found", -5, 0).offset()).isEqualTo(-1);
            assertThat(listOffsets(wire, 7, "found", Batches.NOW, 0).offset()).isEqualTo(3);
        }
    }

    @Test
    @Tag("wire-31")
    @Tag("wire-33")
    void aFetchNamesNoOtherReplicaAndChecksTheLeaderEpoch() throws Exception {
        create("here", Map.of());
        try (Wire wire = new Wire(broker.port())) {
            produce(wire, 9, "here", Batches.of("v", 1));
            PartitionData answer =
                    wire.ask(11, fetchOf("here", 0).rackId("rack-1"), FetchResponse::read)
                            .responses()
                            .get(0)
                            .partitions()
                            .get(0);
            assertThat(answer.preferredReadReplica()).isEqualTo(-1);
            for (int epoch : new int[] {-1, 0, 5}) {
                FetchRequest request = fetchOf("here", 0);
                request.topics().get(0).partitions().get(0).currentLeaderEpoch(epoch);
                short code =
                        wire.ask(11, request, FetchResponse::read)
                                .responses()
                                .get(0)
                                .partitions()
                                .get(0)
                                .errorCode();
                assertThat(ErrorCode.forCode(code))
                        .isEqualTo(epoch == 5 ? ErrorCode.UNKNOWN_LEADER_EPOCH : ErrorCode.NONE);
            }
        }
    }

    @Test
    @Tag("wire-28")
    void theLastStableOffsetIsThereAgainAfterARestart() throws Exception {
        create("kept", Map.of());
        try (KafkaProducer<String, String> producer =
                broker.producer("transactional.id", "kept-writer")) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("kept", "v")).get();
            broker.restart();
            try (Wire wire = new Wire(broker.port())) {
                assertThat(listOffsets(wire, 7, "kept", -1, 1).offset()).isZero();
                assertThat(listOffsets(wire, 7, "kept", -1, 0).offset()).isEqualTo(1);
                producer.commitTransaction();
                // The coordinator answers before its markers are written.
                FetchRequest waiting = fetchOf("kept", 0).isolationLevel((byte) 1);
                wire.ask(11, waiting.maxWaitMs(10_000).minBytes(1), FetchResponse::read);
                assertThat(listOffsets(wire, 7, "kept", -1, 1).offset()).isEqualTo(2);
            }
        }
    }

    private static PartitionProduceResponse produce(
            Wire wire, int version, String topic, ByteBuf batch) throws Exception {
        return wire.ask(
                        version,
                        new ProduceRequest()
                                .acks((short) -1)
                                .timeoutMs(10_000)
                                .topicData(
                                        List.of(
                                                new TopicProduceData()
                                                        .name(topic)
                                                        .partitionData(
                                                                List.of(
                                                                        new PartitionProduceData()
                                                                                .records(
                                                                                        new BufferRecords(
                                                                                                batch)))))),
                        ProduceResponse::read)
                .responses()
                .get(0)
                .partitionResponses()
                .get(0);
    }

    private static FetchRequest fetchOf(String topic, long offset) {
        return new FetchRequest()
                .maxWaitMs(0)
                .maxBytes(1 << 20)
                .topics(
                        List.of(
                                new FetchTopic()
                                        .topic(topic)
                                        .partitions(
                                                List.of(
                                                        new FetchPartition()
                                                                .fetchOffset(offset)
                                                                .partitionMaxBytes(1 << 20)))));
    }

    private static PartitionData fetch(Wire wire, String topic, long offset, byte isolation)
            throws Exception {
        return wire.ask(11, fetchOf(topic, offset).isolationLevel(isolation), FetchResponse::read)
                .responses()
                .get(0)
                .partitions()
                .get(0);
    }

    private static ListOffsetsPartitionResponse listOffsets(
            Wire wire, int version, String topic, long timestamp, int isolation) throws Exception {
        ListOffsetsRequest request =
                new ListOffsetsRequest()
                        .topics(
                                List.of(
                                        new ListOffsetsTopic()
                                                .name(topic)
                                                .partitions(
                                                        List.of(
                                                                new ListOffsetsPartition()
                                                                        .timestamp(timestamp)))));
        if (version >= 2) {
            request.isolationLevel((byte) isolation);
        }
        return wire.ask(version, request, ListOffsetsResponse::read)
                .topics()
                .get(0)
                .partitions()
                .get(0);
    }

    private static void repair(ByteBuf batch) {
        batch.setInt(RecordBatchHeader.CRC, RecordBatchView.at(batch, 0).computeCrc());
    }

    private static ErrorCode error(PartitionProduceResponse answer) {
        return ErrorCode.forCode(answer.errorCode());
    }

    private static void create(String topic, Map<String, String> configs) throws Exception {
        try (Admin admin = broker.admin()) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(configs)))
                    .all()
                    .get();
        }
    }
}
