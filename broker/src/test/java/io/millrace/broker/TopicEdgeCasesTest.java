package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.CreatePartitionsRequest;
import io.millrace.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.millrace.protocol.message.CreatePartitionsResponse;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableReplicaAssignment;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.millrace.protocol.message.CreateTopicsResponse;
import io.millrace.protocol.message.CreateTopicsResponse.CreatableTopicResult;
import io.millrace.protocol.message.DeleteTopicsRequest;
import io.millrace.protocol.message.DeleteTopicsRequest.DeleteTopicState;
import io.millrace.protocol.message.DeleteTopicsResponse;
import io.millrace.protocol.message.DescribeClusterRequest;
import io.millrace.protocol.message.DescribeClusterResponse;
import io.millrace.protocol.message.DescribeConfigsRequest;
import io.millrace.protocol.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.millrace.protocol.message.DescribeConfigsResponse;
import io.millrace.protocol.message.DescribeTopicPartitionsRequest;
import io.millrace.protocol.message.DescribeTopicPartitionsRequest.TopicRequest;
import io.millrace.protocol.message.DescribeTopicPartitionsResponse;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.millrace.protocol.message.MetadataResponse;
import io.millrace.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.millrace.protocol.message.WireReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Points about topics and versions where brokers of this protocol have gone wrong. */
@Timeout(60)
final class TopicEdgeCasesTest {
    @TempDir static Path dir;
    private static RunningBroker broker;
    private Wire wire;

    @BeforeAll
    static void start() throws Exception {
        broker = new RunningBroker(dir, "num.partitions", "3");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void connect() throws Exception {
        wire = new Wire(broker.port());
    }

    @AfterEach
    void disconnect() throws Exception {
        wire.close();
    }

    private static CreatableTopic topic(String name, int partitions, int replicas) {
        return new CreatableTopic()
                .name(name)
                .numPartitions(partitions)
                .replicationFactor((short) replicas);
    }

    private List<CreatableTopicResult> create(
            int version, boolean validateOnly, CreatableTopic... topics) throws Exception {
        CreateTopicsRequest request =
                new CreateTopicsRequest().timeoutMs(10_000).topics(List.of(topics));
        if (version > 0) {
            request.validateOnly(validateOnly);
        }
        return wire.ask(version, request, CreateTopicsResponse::read).topics();
    }

    private static ErrorCode errorOf(CreatableTopicResult result) {
        return ErrorCode.forCode(result.errorCode());
    }

    private List<MetadataResponseTopic> metadata(int version, boolean mayCreate, String... names)
            throws Exception {
        MetadataRequest request =
                new MetadataRequest()
                        .topics(
                                Arrays.stream(names)
                                        .map(name -> new MetadataRequestTopic().name(name))
                                        .toList());
        if (version >= 4) {
            request.allowAutoTopicCreation(mayCreate);
        }
        return wire.ask(version, request, MetadataResponse::read).topics();
    }

    @Test
    @Tag("wire-5")
    void unknownTagsAreSkippedAndAnswersKeepTheOrderOfTheirRequests() throws Exception {
        byte[] plain =
                Wire.bytes(
                        ApiKey.API_VERSIONS,
                        3,
                        new ApiVersionsRequest()
                                .clientSoftwareName("test")
                                .clientSoftwareVersion("1"));
        for (int i = 0; i < 20; i++) {
            ByteBuf tagged = Unpooled.buffer();
            tagged.writeBytes(plain, 0, plain.length - 1);
            tagged.setInt(4, i);
            tagged.writeByte(1).writeByte(0x7f).writeByte(2).writeShort(4711);
            wire.frame(tagged);
        }
        for (int i = 0; i < 20; i++) {
            ByteBuf frame = wire.receiveFrame();
            assertThat(frame.readInt()).isEqualTo(i);
            assertThat(ApiVersionsResponse.read(frame, (short) 3).errorCode()).isZero();
        }
    }

    @Test
    @Tag("wire-8")
    void anEmptyListIsEverythingInVersion0AndNothingAfterwards() throws Exception {
        create(4, false, topic("listed", 1, 1));
        assertThat(metadata(0, false)).extracting(MetadataResponseTopic::name).contains("listed");
        for (int version = 1; version <= 13; version++) {
            assertThat(metadata(version, false)).as("version " + version).isEmpty();
            assertThat(
                            wire.ask(
                                            version,
                                            new MetadataRequest().topics(null),
                                            MetadataResponse::read)
                                    .topics())
                    .as("null in version " + version)
                    .extracting(MetadataResponseTopic::name)
                    .contains("listed");
        }
    }

    @Test
    @Tag("wire-8")
    void aTopicIsCreatedByAskingForItOnlyIfTheClientWantsIt() throws Exception {
        for (int version : new int[] {4, 9, 13}) {
            String name = "asked-for-" + version;
            MetadataResponseTopic missing = metadata(version, false, name).get(0);
            assertThat(ErrorCode.forCode(missing.errorCode()))
                    .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            assertThat(metadata(version, true, name).get(0).partitions()).hasSize(3);
        }
        for (String impossible : List.of("a b", "..", "x".repeat(250))) {
            assertThat(ErrorCode.forCode(metadata(9, true, impossible).get(0).errorCode()))
                    .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        }
    }

    @Test
    @Tag("wire-8")
    void aTopicAskedForTwiceIsAnsweredOnceAndAnIdCountsMoreThanAName() throws Exception {
        create(4, false, topic("once", 1, 1));
        assertThat(metadata(9, false, "once", "once")).hasSize(1);
        MetadataRequest both =
                new MetadataRequest()
                        .topics(
                                List.of(
                                        new MetadataRequestTopic()
                                                .name("once")
                                                .topicId(new UUID(5, 6))));
        MetadataResponseTopic answer = wire.ask(12, both, MetadataResponse::read).topics().get(0);
        assertThat(ErrorCode.forCode(answer.errorCode())).isEqualTo(ErrorCode.UNKNOWN_TOPIC_ID);
        MetadataRequest nameless =
                new MetadataRequest().topics(List.of(new MetadataRequestTopic().name(null)));
        assertThat(wire.ask(10, nameless, MetadataResponse::read).topics())
                .extracting(t -> ErrorCode.forCode(t.errorCode()))
                .containsExactly(ErrorCode.INVALID_REQUEST);
    }

    @Test
    @Tag("wire-9")
    void whenCreateTopicsHasAnsweredTheTopicIsThereWithItsLeaders() throws Exception {
        for (int i = 0; i < 20; i++) {
            String name = "at-once-" + i;
            assertThat(errorOf(create(7, false, topic(name, 3, 1)).get(0)))
                    .isEqualTo(ErrorCode.NONE);
            try (Wire other = new Wire(broker.port())) {
                MetadataResponseTopic seen =
                        other.ask(
                                        9,
                                        new MetadataRequest()
                                                .topics(
                                                        List.of(
                                                                new MetadataRequestTopic()
                                                                        .name(name))),
                                        MetadataResponse::read)
                                .topics()
                                .get(0);
                assertThat(seen.partitions())
                        .hasSize(3)
                        .allMatch(p -> p.errorCode() == 0 && p.leaderId() == 0);
            }
        }
    }

    @Test
    @Tag("wire-10")
    void aTopicCreatedAgainIsAnotherOneAndTheOldIdIsGone() throws Exception {
        UUID first = create(7, false, topic("again", 1, 1)).get(0).topicId();
        delete(new DeleteTopicState().name("again"));
        UUID second = create(7, false, topic("again", 2, 1)).get(0).topicId();
        assertThat(second).isNotEqualTo(first);
        MetadataResponseTopic now = metadata(12, false, "again").get(0);
        assertThat(now.topicId()).isEqualTo(second);
        assertThat(now.partitions()).hasSize(2);
        MetadataRequest byOldId =
                new MetadataRequest()
                        .topics(List.of(new MetadataRequestTopic().name(null).topicId(first)));
        assertThat(wire.ask(12, byOldId, MetadataResponse::read).topics())
                .extracting(t -> ErrorCode.forCode(t.errorCode()))
                .containsExactly(ErrorCode.UNKNOWN_TOPIC_ID);
    }

    @Test
    @Tag("wire-11")
    void minusOneStandsForTheDefaultsUnlessReplicasAreAssigned() throws Exception {
        CreatableTopicResult byDefault = create(5, false, topic("by-default", -1, -1)).get(0);
        assertThat(byDefault.numPartitions()).isEqualTo(3);
        assertThat(byDefault.replicationFactor()).isEqualTo((short) 1);
        CreatableTopicResult assigned =
                create(5, false, topic("assigned", -1, -1).assignments(onBroker0(2))).get(0);
        assertThat(assigned.numPartitions()).isEqualTo(2);
        assertThat(
                        create(
                                5,
                                false,
                                topic("counted", 2, -1).assignments(onBroker0(2)),
                                topic("replicated", -1, 1).assignments(onBroker0(2))))
                .allMatch(r -> errorOf(r) == ErrorCode.INVALID_REQUEST);
        assertThat(create(5, false, topic("none", 0, 1), topic("many", 1, 2)))
                .extracting(r -> errorOf(r))
                .containsExactly(
                        ErrorCode.INVALID_PARTITIONS, ErrorCode.INVALID_REPLICATION_FACTOR);
    }

    private static List<CreatableReplicaAssignment> onBroker0(int partitions) {
        List<CreatableReplicaAssignment> assignments = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            assignments.add(
                    new CreatableReplicaAssignment().partitionIndex(i).brokerIds(List.of(0)));
        }
        return assignments;
    }

    @Test
    @Tag("wire-11")
    void aTopicThatExistsIsSaidToExistInEveryVersion() throws Exception {
        create(4, false, topic("there", 1, 1));
        for (int version = 0; version <= 7; version++) {
            assertThat(errorOf(create(version, false, topic("there", 1, 1)).get(0)))
                    .as("version " + version)
                    .isEqualTo(ErrorCode.TOPIC_ALREADY_EXISTS);
        }
        assertThat(errorOf(create(4, true, topic("there", 1, 1)).get(0)))
                .isEqualTo(ErrorCode.TOPIC_ALREADY_EXISTS);
    }

    @Test
    @Tag("wire-11")
    void aNameTwiceInARequestIsRefusedAndTheOthersAreNot() throws Exception {
        assertThat(
                        create(
                                5,
                                false,
                                topic("twin", 1, 1),
                                topic("single", 1, 1),
                                topic("twin", 1, 1)))
                .extracting(CreatableTopicResult::name, r -> errorOf(r))
                .containsExactlyInAnyOrder(
                        tuple("twin", ErrorCode.INVALID_REQUEST), tuple("single", ErrorCode.NONE));
    }

    @Test
    @Tag("wire-11")
    void theAnswerHasAllConfigsFromVersion5AndTheIdFromVersion7() throws Exception {
        CreatableTopicResult five = create(5, false, topic("five", 1, 1)).get(0);
        List<String> keys =
                wire
                        .ask(
                                4,
                                new DescribeConfigsRequest()
                                        .resources(
                                                List.of(
                                                        new DescribeConfigsResource()
                                                                .resourceType((byte) 2)
                                                                .resourceName("five")
                                                                .configurationKeys(null))),
                                DescribeConfigsResponse::read)
                        .results()
                        .get(0)
                        .configs()
                        .stream()
                        .map(DescribeConfigsResponse.DescribeConfigsResourceResult::name)
                        .toList();
        assertThat(five.configs())
                .extracting(CreateTopicsResponse.CreatableTopicConfigs::name)
                .containsExactlyElementsOf(keys);
        assertThat(create(4, false, topic("four", 1, 1)).get(0).configs()).isEmpty();
        UUID id = create(7, false, topic("seven", 1, 1)).get(0).topicId();
        assertThat(id).isNotEqualTo(WireReader.ZERO_UUID);
        assertThat(metadata(12, false, "seven").get(0).topicId()).isEqualTo(id);
    }

    @Test
    @Tag("wire-11")
    void aQuestionWhetherItWouldWorkCreatesNothing() throws Exception {
        CreatableTopicResult asked = create(7, true, topic("asked", 2, 1)).get(0);
        assertThat(errorOf(asked)).isEqualTo(ErrorCode.NONE);
        assertThat(asked.numPartitions()).isEqualTo(2);
        assertThat(metadata(9, false, "asked"))
                .extracting(t -> ErrorCode.forCode(t.errorCode()))
                .containsExactly(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void namesThatCollideInMetricsAndTheClustersOwnAreRefused() throws Exception {
        create(5, false, topic("shop.orders", 1, 1));
        assertThat(errorOf(create(5, false, topic("shop_orders", 1, 1)).get(0)))
                .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        assertThat(errorOf(create(5, false, topic("__cluster_metadata", 1, 1)).get(0)))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(errorOf(create(5, false, topic("too-many", 1_000_000, 1)).get(0)))
                .isEqualTo(ErrorCode.POLICY_VIOLATION);
    }

    @Test
    @Tag("wire-13")
    void onlyTheKeysAskedForAreDescribedAndUnknownKindsAreAnswered() throws Exception {
        create(4, false, topic("described", 1, 1));
        DescribeConfigsRequest request =
                new DescribeConfigsRequest()
                        .includeSynonyms(true)
                        .resources(
                                List.of(
                                        resource(2, "described", List.of("retention.ms", "foo")),
                                        resource(2, "missing", null),
                                        resource(4, "7", null),
                                        resource(4, "many", null),
                                        resource(4, "0", List.of("broker.id")),
                                        resource(77, "x", null)));
        for (int version = 1; version <= 4; version++) {
            assertThat(wire.ask(version, request, DescribeConfigsResponse::read).results())
                    .extracting(r -> ErrorCode.forCode(r.errorCode()), r -> r.configs().size())
                    .containsExactly(
                            tuple(ErrorCode.NONE, 1),
                            tuple(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 0),
                            tuple(ErrorCode.INVALID_REQUEST, 0),
                            tuple(ErrorCode.INVALID_REQUEST, 0),
                            tuple(ErrorCode.NONE, 1),
                            tuple(ErrorCode.INVALID_REQUEST, 0));
        }
    }

    private static DescribeConfigsResource resource(int type, String name, List<String> keys) {
        return new DescribeConfigsResource()
                .resourceType((byte) type)
                .resourceName(name)
                .configurationKeys(keys);
    }

    @Test
    @Tag("wire-14")
    void createPartitionsNamesEveryTopicItWasAskedAbout() throws Exception {
        create(4, false, topic("growing", 1, 1), topic("growing-twice", 1, 1));
        for (int version = 0; version <= 3; version++) {
            CreatePartitionsRequest request =
                    new CreatePartitionsRequest()
                            .timeoutMs(10_000)
                            .topics(
                                    List.of(
                                            growth("growing", version + 2),
                                            growth("missing", 5),
                                            growth("growing-twice", 1),
                                            growth("growing-twice", 9)));
            assertThat(wire.ask(version, request, CreatePartitionsResponse::read).results())
                    .extracting(r -> r.name(), r -> ErrorCode.forCode(r.errorCode()))
                    .containsExactly(
                            tuple("growing", ErrorCode.NONE),
                            tuple("missing", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
                            tuple("growing-twice", ErrorCode.INVALID_REQUEST));
        }
        assertThat(metadata(9, false, "growing").get(0).partitions()).hasSize(5);
    }

    @Test
    void replicasThatAreGivenForNoPartitionAreTooFew() throws Exception {
        create(4, false, topic("unassigned", 1, 1));
        CreatePartitionsRequest request =
                new CreatePartitionsRequest()
                        .topics(List.of(growth("unassigned", 2).assignments(List.of())));
        assertThat(wire.ask(3, request, CreatePartitionsResponse::read).results())
                .extracting(r -> ErrorCode.forCode(r.errorCode()))
                .containsExactly(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    }

    @Test
    void whoIsAskedForControllersSaysThatItIsABroker() throws Exception {
        for (int[] typeAndError : new int[][] {{2, 114}, {9, 115}}) {
            DescribeClusterResponse response =
                    wire.ask(
                            1,
                            new DescribeClusterRequest().endpointType((byte) typeAndError[0]),
                            DescribeClusterResponse::read);
            assertThat(response.errorCode()).isEqualTo((short) typeAndError[1]);
            assertThat(response.clusterId()).isEmpty();
        }
    }

    @Test
    void aTopicThatCannotExistIsInvalidAndOneThatDoesNotIsUnknown() throws Exception {
        DescribeTopicPartitionsRequest request =
                new DescribeTopicPartitionsRequest()
                        .topics(
                                List.of(
                                        new TopicRequest().name("a b"),
                                        new TopicRequest().name("nowhere")));
        assertThat(wire.ask(0, request, DescribeTopicPartitionsResponse::read).topics())
                .extracting(t -> ErrorCode.forCode(t.errorCode()))
                .containsExactly(
                        ErrorCode.INVALID_TOPIC_EXCEPTION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }

    private static CreatePartitionsTopic growth(String topic, int count) {
        return new CreatePartitionsTopic().name(topic).count(count).assignments(null);
    }

    private List<ErrorCode> delete(DeleteTopicState... topics) throws Exception {
        return wire
                .ask(
                        6,
                        new DeleteTopicsRequest().timeoutMs(10_000).topics(List.of(topics)),
                        DeleteTopicsResponse::read)
                .responses()
                .stream()
                .map(result -> ErrorCode.forCode(result.errorCode()))
                .toList();
    }

    @Test
    void aTopicIsDeletedByItsNameOrItsIdAndNotByBoth() throws Exception {
        UUID id = create(7, false, topic("doomed", 1, 1)).get(0).topicId();
        assertThat(delete(new DeleteTopicState().name("doomed").topicId(id)))
                .containsExactly(ErrorCode.INVALID_REQUEST);
        assertThat(delete(new DeleteTopicState().name(null)))
                .containsExactly(ErrorCode.INVALID_REQUEST);
        assertThat(
                        delete(
                                new DeleteTopicState().name("doomed"),
                                new DeleteTopicState().name("doomed")))
                .containsExactly(ErrorCode.INVALID_REQUEST);
        assertThat(delete(new DeleteTopicState().name(null).topicId(new UUID(1, 2))))
                .containsExactly(ErrorCode.UNKNOWN_TOPIC_ID);
        assertThat(delete(new DeleteTopicState().name(null).topicId(id)))
                .containsExactly(ErrorCode.NONE);
        for (int version = 0; version <= 5; version++) {
            create(4, false, topic("doomed", 1, 1));
            DeleteTopicsRequest request =
                    new DeleteTopicsRequest()
                            .timeoutMs(10_000)
                            .topicNames(List.of("doomed", "missing"));
            assertThat(wire.ask(version, request, DeleteTopicsResponse::read).responses())
                    .extracting(r -> r.name(), r -> ErrorCode.forCode(r.errorCode()))
                    .containsExactly(
                            tuple("doomed", ErrorCode.NONE),
                            tuple("missing", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
        }
    }

    @Test
    void topicsStayWhereDeletionIsSwitchedOff(@TempDir Path own) throws Exception {
        try (RunningBroker keeper = new RunningBroker(own, "delete.topic.enable", "false");
                Wire there = new Wire(keeper.port())) {
            DeleteTopicsRequest request =
                    new DeleteTopicsRequest().timeoutMs(10_000).topicNames(List.of("any"));
            assertThat(there.ask(2, request, DeleteTopicsResponse::read).responses())
                    .extracting(r -> ErrorCode.forCode(r.errorCode()))
                    .containsExactly(ErrorCode.INVALID_REQUEST);
            assertThat(there.ask(5, request, DeleteTopicsResponse::read).responses())
                    .extracting(r -> ErrorCode.forCode(r.errorCode()))
                    .containsExactly(ErrorCode.TOPIC_DELETION_DISABLED);
        }
    }

    @Test
    @Tag("wire-41")
    void nobodyIsThrottled() throws Exception {
        assertThat(wire.ask(4, client(), ApiVersionsResponse::read).throttleTimeMs()).isZero();
        assertThat(
                        wire.ask(9, new MetadataRequest().topics(List.of()), MetadataResponse::read)
                                .throttleTimeMs())
                .isZero();
    }

    private static ApiVersionsRequest client() {
        return new ApiVersionsRequest().clientSoftwareName("test").clientSoftwareVersion("1");
    }
}
