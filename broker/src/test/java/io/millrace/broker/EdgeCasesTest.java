package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchRequest.FetchPartition;
import io.millrace.protocol.message.FetchRequest.FetchTopic;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.FindCoordinatorResponse;
import io.millrace.protocol.message.ListOffsetsRequest;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.millrace.protocol.message.ListOffsetsResponse;
import io.millrace.protocol.message.OffsetFetchRequest;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopic;
import io.millrace.protocol.message.OffsetFetchResponse;
import io.millrace.protocol.message.OffsetForLeaderEpochRequest;
import io.millrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderPartition;
import io.millrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderTopic;
import io.millrace.protocol.message.OffsetForLeaderEpochResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Points where brokers of this protocol have gone wrong, each with its number in our list. */
final class EdgeCasesTest {
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
    @Tag("wire-2")
    void edge2_theAdvertisedVersionsFitTogether() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            wire.send(ApiKey.API_VERSIONS, 0, new ApiVersionsRequest());
            var keys =
                    ApiVersionsResponse.read(wire.receive(ApiKey.API_VERSIONS, 0), (short) 0)
                            .apiKeys();
            assertThat(keys)
                    .as("topic ids in produce and commits need them in metadata")
                    .anyMatch(k -> k.apiKey() == ApiKey.METADATA.id() && k.maxVersion() >= 12)
                    .anyMatch(k -> k.apiKey() == ApiKey.PRODUCE.id() && k.maxVersion() == 13);
            assertThat(keys)
                    .as("edge 3: who shows telemetry is sent telemetry")
                    .noneMatch(k -> k.apiKey() == 71 || k.apiKey() == 72);
        }
    }

    @Test
    @Tag("wire-9")
    void edge9_aCreatedTopicHasItsLeaderAtOnce() throws Exception {
        for (int i = 0; i < 5; i++) {
            create("fresh" + i, Map.of());
            try (KafkaProducer<String, String> producer =
                    broker.producer("retries", "0", "enable.idempotence", "false")) {
                producer.send(new ProducerRecord<>("fresh" + i, "v")).get();
            }
        }
    }

    @Test
    @Tag("wire-12")
    void edge12_harmlessTopicConfigsAreAccepted() throws Exception {
        create(
                "harmless",
                Map.of(
                        "min.insync.replicas", "1",
                        "unclean.leader.election.enable", "false",
                        "flush.messages", "1",
                        "segment.jitter.ms", "0",
                        "preallocate", "false",
                        "flush.ms", Long.toString(Long.MAX_VALUE)));
        assertThat(produce("harmless", 3).get(2).offset()).isEqualTo(2);
    }

    @Test
    @Tag("wire-21")
    void edge21_pipelinedProducesKeepTheirOrder() throws Exception {
        create("ordered", Map.of());
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer =
                broker.producer("linger.ms", "0", "batch.size", "64")) {
            for (int i = 0; i < 2000; i++) {
                sent.add(producer.send(new ProducerRecord<>("ordered", "v" + i)));
            }
        }
        for (int i = 0; i < sent.size(); i++) {
            assertThat(sent.get(i).get().offset()).isEqualTo(i);
        }
    }

    @Test
    @Tag("wire-23")
    void edge23_aBatchAboveAllLimitsStillComes() throws Exception {
        create("large", Map.of());
        try (KafkaProducer<String, String> producer = broker.producer()) {
            producer.send(new ProducerRecord<>("large", "x".repeat(500_000))).get();
        }
        try (KafkaConsumer<String, String> consumer =
                broker.consumer("", "max.partition.fetch.bytes", "10", "fetch.max.bytes", "10")) {
            consumer.assign(List.of(new TopicPartition("large", 0)));
            consumer.seekToBeginning(consumer.assignment());
            assertThat(RunningBroker.poll(consumer, all -> !all.isEmpty()).get(0).value())
                    .hasSize(500_000);
        }
    }

    @Test
    @Tag("wire-23")
    void edge23_bothLimitsHoldAfterTheFirstBatch() throws Exception {
        create("limits", Map.of());
        for (int i = 0; i < 20; i++) {
            produce("limits", 1);
        }
        try (Wire wire = new Wire(broker.port())) {
            FetchResponse response =
                    fetch(wire, new FetchRequest().maxBytes(150), partition("limits", 0, 1 << 20));
            int bytes = response.responses().get(0).partitions().get(0).records().sizeInBytes();
            assertThat(bytes).isBetween(1, 220);
        }
    }

    @Test
    @Tag("wire-24")
    void edge24_aFetchInsideABatchGetsTheWholeBatchAndTheClientSkips() throws Exception {
        create("inside", Map.of());
        try (KafkaProducer<String, String> producer = broker.producer("linger.ms", "100")) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>("inside", "v" + i));
            }
        }
        try (KafkaConsumer<String, String> consumer = broker.consumer("")) {
            consumer.assign(List.of(new TopicPartition("inside", 0)));
            consumer.seek(new TopicPartition("inside", 0), 7);
            assertThat(RunningBroker.poll(consumer, all -> all.size() >= 3))
                    .extracting(ConsumerRecord::value)
                    .containsExactly("v7", "v8", "v9");
        }
    }

    @Test
    @Tag("wire-26")
    void edge26_outOfRangeOnlyBeyondTheEndAndItTellsWhereTheLogIs() throws Exception {
        create("range", Map.of());
        produce("range", 5);
        TopicPartition partition = new TopicPartition("range", 0);
        try (KafkaConsumer<String, String> consumer =
                broker.consumer("", "auto.offset.reset", "none")) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, 6);
            assertThatThrownBy(() -> consumer.poll(Duration.ofSeconds(5)))
                    .isInstanceOf(OffsetOutOfRangeException.class);
            consumer.seek(partition, 5);
            assertThat(consumer.poll(Duration.ofMillis(100))).isEmpty();
        }
        try (Wire wire = new Wire(broker.port())) {
            var answer =
                    fetch(wire, new FetchRequest(), partition("range", 99, 1000))
                            .responses()
                            .get(0)
                            .partitions()
                            .get(0);
            assertThat(answer.errorCode()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE.code());
            assertThat(answer.highWatermark()).isEqualTo(5);
            assertThat(answer.logStartOffset()).isZero();
        }
    }

    @Test
    @Tag("wire-27")
    void edge27_readCommittedWorksWithoutTransactions() throws Exception {
        create("committed", Map.of());
        produce("committed", 4);
        try (KafkaConsumer<String, String> consumer =
                broker.consumer("", "isolation.level", "read_committed")) {
            consumer.assign(List.of(new TopicPartition("committed", 0)));
            consumer.seekToBeginning(consumer.assignment());
            assertThat(RunningBroker.poll(consumer, all -> all.size() >= 4)).hasSize(4);
        }
    }

    @Test
    @Tag("wire-31")
    void edge31_anUnknownLeaderEpochHasNoEndAndAKnownOneHas() throws Exception {
        create("epochs", Map.of());
        produce("epochs", 3);
        try (Wire wire = new Wire(broker.port())) {
            for (int[] askedAndEnd : new int[][] {{0, 3}, {57, -1}}) {
                wire.send(
                        ApiKey.OFFSET_FOR_LEADER_EPOCH,
                        2,
                        new OffsetForLeaderEpochRequest()
                                .topics(
                                        List.of(
                                                new OffsetForLeaderTopic()
                                                        .topic("epochs")
                                                        .partitions(
                                                                List.of(
                                                                        new OffsetForLeaderPartition()
                                                                                .leaderEpoch(
                                                                                        askedAndEnd[
                                                                                                0]))))));
                var answer =
                        OffsetForLeaderEpochResponse.read(
                                        wire.receive(ApiKey.OFFSET_FOR_LEADER_EPOCH, 2), (short) 2)
                                .topics()
                                .get(0)
                                .partitions()
                                .get(0);
                assertThat(answer.endOffset()).isEqualTo(askedAndEnd[1]);
                assertThat(answer.leaderEpoch()).isEqualTo(askedAndEnd[1] < 0 ? -1 : 0);
            }
        }
    }

    @Test
    @Tag("wire-4")
    void edge4_specialTimestampsAreKnownOnlyFromTheirVersionOn() throws Exception {
        create("specials", Map.of());
        try (Wire wire = new Wire(broker.port())) {
            assertThat(listOffset(wire, -3, 6)).isEqualTo(ErrorCode.UNSUPPORTED_VERSION);
            assertThat(listOffset(wire, -3, 7)).isEqualTo(ErrorCode.NONE);
            assertThat(listOffset(wire, -4, 7)).isEqualTo(ErrorCode.UNSUPPORTED_VERSION);
            assertThat(listOffset(wire, -4, 8)).isEqualTo(ErrorCode.NONE);
            assertThat(listOffset(wire, -5, 9)).isEqualTo(ErrorCode.NONE);
            assertThat(listOffset(wire, -6, 11)).isEqualTo(ErrorCode.NONE);
            assertThat(listOffset(wire, -7, 11)).isEqualTo(ErrorCode.UNSUPPORTED_VERSION);
        }
    }

    @Test
    @Tag("wire-34")
    void edge34_oldOffsetFetchesAnswerPerPartitionAndNewOnesForSeveralGroups() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            find(wire, 0, "old");
            for (int version : new int[] {1, 2, 5, 7}) {
                wire.send(
                        ApiKey.OFFSET_FETCH,
                        version,
                        new OffsetFetchRequest()
                                .groupId("old")
                                .topics(
                                        List.of(
                                                new OffsetFetchRequestTopic()
                                                        .name("t")
                                                        .partitionIndexes(List.of(0)))));
                var answer =
                        OffsetFetchResponse.read(
                                        wire.receive(ApiKey.OFFSET_FETCH, version), (short) version)
                                .topics()
                                .get(0)
                                .partitions()
                                .get(0);
                assertThat(answer.committedOffset()).isEqualTo(-1);
                assertThat(answer.metadata()).isEmpty();
                assertThat(answer.errorCode()).isZero();
            }
            wire.send(
                    ApiKey.OFFSET_FETCH,
                    8,
                    new OffsetFetchRequest()
                            .groups(
                                    List.of(
                                            new OffsetFetchRequest.OffsetFetchRequestGroup()
                                                    .groupId("a")
                                                    .topics(null),
                                            new OffsetFetchRequest.OffsetFetchRequestGroup()
                                                    .groupId("b")
                                                    .topics(null))));
            assertThat(
                            OffsetFetchResponse.read(
                                            wire.receive(ApiKey.OFFSET_FETCH, 8), (short) 8)
                                    .groups())
                    .extracting(OffsetFetchResponse.OffsetFetchResponseGroup::groupId)
                    .containsExactly("a", "b");
        }
    }

    @Test
    @Tag("wire-38")
    void edge38_findCoordinatorTakesOneKeyUpToVersion3AndSeveralAfterwards() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            assertThat(find(wire, 0, "g").port()).isEqualTo(broker.port());
            assertThat(find(wire, 3, "g").port()).isEqualTo(broker.port());
            wire.send(
                    ApiKey.FIND_COORDINATOR,
                    4,
                    new FindCoordinatorRequest().coordinatorKeys(List.of("a", "b")));
            assertThat(
                            FindCoordinatorResponse.read(
                                            wire.receive(ApiKey.FIND_COORDINATOR, 4), (short) 4)
                                    .coordinators())
                    .extracting(FindCoordinatorResponse.Coordinator::port)
                    .containsExactly(broker.port(), broker.port());
            wire.send(
                    ApiKey.FIND_COORDINATOR,
                    3,
                    new FindCoordinatorRequest().key("t").keyType((byte) 1));
            assertThat(
                            FindCoordinatorResponse.read(
                                            wire.receive(ApiKey.FIND_COORDINATOR, 3), (short) 3)
                                    .port())
                    .as("the coordinator of a transactional id")
                    .isEqualTo(broker.port());
            wire.send(
                    ApiKey.FIND_COORDINATOR,
                    3,
                    new FindCoordinatorRequest().key("t").keyType((byte) 3));
            assertThat(
                            FindCoordinatorResponse.read(
                                            wire.receive(ApiKey.FIND_COORDINATOR, 3), (short) 3)
                                    .errorCode())
                    .as("a type that nobody knows is refused for good, not retried forever")
                    .isEqualTo(ErrorCode.INVALID_REQUEST.code());
        }
    }

    private static FindCoordinatorResponse find(Wire wire, int version, String key)
            throws Exception {
        wire.send(ApiKey.FIND_COORDINATOR, version, new FindCoordinatorRequest().key(key));
        return FindCoordinatorResponse.read(
                wire.receive(ApiKey.FIND_COORDINATOR, version), (short) version);
    }

    private static ErrorCode listOffset(Wire wire, long timestamp, int version) throws Exception {
        wire.send(
                ApiKey.LIST_OFFSETS,
                version,
                new ListOffsetsRequest()
                        .topics(
                                List.of(
                                        new ListOffsetsTopic()
                                                .name("specials")
                                                .partitions(
                                                        List.of(
                                                                new ListOffsetsPartition()
                                                                        .timestamp(timestamp))))));
        return ErrorCode.forCode(
                ListOffsetsResponse.read(
                                wire.receive(ApiKey.LIST_OFFSETS, version), (short) version)
                        .topics()
                        .get(0)
                        .partitions()
                        .get(0)
                        .errorCode());
    }

    private static FetchTopic partition(String topic, long offset, int maxBytes) {
        return new FetchTopic()
                .topic(topic)
                .partitions(
                        List.of(
                                new FetchPartition()
                                        .fetchOffset(offset)
                                        .partitionMaxBytes(maxBytes)));
    }

    private static FetchResponse fetch(Wire wire, FetchRequest request, FetchTopic topic)
            throws Exception {
        wire.send(ApiKey.FETCH, 11, request.topics(List.of(topic)));
        return FetchResponse.read(wire.receive(ApiKey.FETCH, 11), (short) 11);
    }

    private static void create(String topic, Map<String, String> configs) throws Exception {
        try (Admin admin = broker.admin()) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(configs)))
                    .all()
                    .get();
        }
    }

    private static List<RecordMetadata> produce(String topic, int count) throws Exception {
        List<RecordMetadata> written = new ArrayList<>();
        try (KafkaProducer<String, String> producer = broker.producer()) {
            for (int i = 0; i < count; i++) {
                written.add(producer.send(new ProducerRecord<>(topic, "v" + i)).get());
            }
        }
        return written;
    }
}
